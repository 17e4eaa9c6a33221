//! Many requests at the same time.

use std::sync::Arc;

use futures::future::join_all;
use tokio::sync::Semaphore;

/// How many requests are under way at the same time. More would make a slow machine's calls of the
/// database time out, and then it is an outage that is tested.
const UNDER_WAY: usize = 20;

/// Lets all of these run at once, and answers with what came of them, in their order.
pub(crate) async fn at_once<F>(requests: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(UNDER_WAY));
    let running: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let permits = Arc::clone(&permits);
            tokio::spawn(async move {
                let _permit = permits.acquire().await.unwrap();
                request.await
            })
        })
        .collect();
    join_all(running).await.into_iter().map(Result::unwrap).collect()
}
