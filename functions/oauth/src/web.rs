//! Requests to providers.

use std::{net::IpAddr, pin::Pin, sync::OnceLock, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, url::Url};
use reqwest::{Client, redirect};
use shared::config::Stage;

/// For so long a request waits for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// For so long a request takes as a whole.
const TIMEOUT: Duration = Duration::from_secs(4);

/// For so long a connection waits for another request: long enough for those of one visit. One
/// that was kept while the function was frozen is often dead.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// The greatest body that is read.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// What sends requests to providers. Nothing is sent before the first one.
#[derive(Debug, Default)]
pub(crate) struct Web(OnceLock<Option<Client>>);

/// A request failed. Why is not said: the error might quote the request or the reply, which hold
/// secrets.
#[derive(Debug, thiserror::Error)]
#[error("no reply")]
pub(crate) struct NoReply;

/// What sends requests to those addresses that are [safe](is_safe) at a stage.
pub(crate) struct Sender<'a> {
    web: &'a Web,
    stage: Stage,
}

impl Web {
    pub(crate) fn at(&self, stage: Stage) -> Sender<'_> {
        Sender { web: self, stage }
    }

    async fn send(&self, stage: Stage, request: HttpRequest) -> Result<HttpResponse, NoReply> {
        let request = reqwest::Request::try_from(request).map_err(|_| NoReply)?;
        if !is_safe(request.url(), stage) {
            return Err(NoReply);
        }
        let client = self.0.get_or_init(client).as_ref().ok_or(NoReply)?;
        let mut response = client.execute(request).await.map_err(|_| NoReply)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| NoReply)? {
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(NoReply);
            }
            body.extend_from_slice(&chunk);
        }
        let mut reply = HttpResponse::new(body);
        *reply.status_mut() = response.status();
        *reply.headers_mut() = std::mem::take(response.headers_mut());
        Ok(reply)
    }
}

impl<'c> AsyncHttpClient<'c> for Sender<'_> {
    type Error = NoReply;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoReply>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.web.send(self.stage, request))
    }
}

fn client() -> Option<Client> {
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        // A provider's documents and its token endpoint are where they say they are. A redirect
        // could lead into a network that only we can reach.
        .redirect(redirect::Policy::none())
        // A code is redeemed once.
        .retry(reqwest::retry::never())
        // Otherwise it would read the environment.
        .no_proxy()
        .build()
        .ok()
}

/// Whether secrets may go there. Plain HTTP stays on a developer's own machine: by that, the
/// provider of the local server has no say anywhere else.
pub(crate) fn is_safe(url: &Url, stage: Stage) -> bool {
    match (url.scheme(), stage) {
        ("https", _) => true,
        ("http", Stage::Local) => url.host_str().is_some_and(is_loopback),
        _ => false,
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use openidconnect::url::Url;
    use shared::config::Stage;

    use super::is_safe;

    #[test]
    fn plain_http_stays_on_a_developers_machine() {
        for (url, locally, deployed) in [
            ("https://id.example", true, true),
            ("https://127.0.0.1:3000/", true, true),
            ("http://127.0.0.1:3000/_local/provider", true, false),
            ("http://[::1]:3000/", true, false),
            ("http://LOCALHOST/", true, false),
            ("http://id.example", false, false),
            ("http://localhost.id.example", false, false),
            ("http://127.0.0.1.id.example", false, false),
            ("http://localhost@id.example", false, false),
            ("http://169.254.169.254/", false, false),
            ("http://0.0.0.0/", false, false),
            ("file:///etc/passwd", false, false),
            ("javascript:alert(1)", false, false),
        ] {
            let parsed = Url::parse(url).unwrap();
            assert_eq!(is_safe(&parsed, Stage::Local), locally, "{url}");
            for stage in [Stage::Dev, Stage::Staging, Stage::Prod] {
                assert_eq!(is_safe(&parsed, stage), deployed, "{url}");
            }
        }
    }
}
