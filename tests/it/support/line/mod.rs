//! The lines to what AWS does for the product, which can break: SES, SNS, Secrets Manager, and the
//! database where it has no server of its own.

mod answers;
mod call;
mod end;

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_smithy_runtime_api::client::http::{HttpClient, SharedHttpClient};
use local::Clients;
use tokio::sync::Notify;

use super::TestApp;
pub(crate) use call::{Call, Service};
use end::End;

/// What becomes of a call instead of its being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Break {
    /// The service refuses it, with this status, code and message.
    Refusal(u16, &'static str, &'static str),
    /// The service does it, and then says that it has failed.
    FalseRefusal(u16, &'static str, &'static str),
    /// A transaction is cancelled, each of its writes for this reason.
    Cancelled(&'static str),
    /// The service leaves undone, and says so, what it was asked for in one batch.
    Unprocessed,
    /// The connection is dead.
    Reset,
    /// Nobody answers.
    Silence,
    /// It is done, but the answer gets lost on its way.
    LostAnswer,
    /// It is done, and nobody answers.
    LostInSilence,
    /// It is done, and the answer breaks off in its middle.
    CutOff,
    /// It is done, and answered after so many milliseconds.
    Slow(u64),
    /// The function dies at this call: after it was done, or before.
    Death {
        /// Whether it was done.
        done: bool,
    },
}

/// Decides about each attempt at a call.
type Judge = Box<dyn FnMut(&Call) -> Option<Break> + Send>;

/// A line that is whole unless it is told to be broken. Clones are one line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// How many requests are waiting for an answer that never comes.
    silent: AtomicUsize,
    /// Time stands still by itself whenever nothing happens.
    time_is_paused: AtomicBool,
    death: Notify,
}

#[derive(Default)]
struct State {
    /// What becomes of the next ones, one after the other.
    next: VecDeque<Break>,
    /// What becomes of all after these.
    all: Option<Break>,
    /// Who decides, where it is set.
    judge: Option<Judge>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State(..)")
    }
}

impl Line {
    /// Breaks the line, or mends it, for all that is sent from now on.
    pub(crate) fn set(&self, state: Option<Break>) {
        self.0.state.lock().unwrap().all = state;
    }

    /// Breaks the line for as many as these.
    pub(crate) fn breaks(&self, breaks: impl IntoIterator<Item = Break>) {
        self.0.state.lock().unwrap().next.extend(breaks);
    }

    /// Has each attempt from now on judged.
    pub(crate) fn judge(&self, judge: impl FnMut(&Call) -> Option<Break> + Send + 'static) {
        self.0.state.lock().unwrap().judge = Some(Box::new(judge));
    }

    /// The line is whole again, for good.
    pub(crate) fn mend(&self) {
        *self.0.state.lock().unwrap() = State::default();
    }

    /// Says whether the runtime's time is paused, so that it skips what nobody waits for by itself.
    /// Otherwise the line pauses it for as long as nobody answers.
    pub(crate) fn set_paused(&self, is_paused: bool) {
        self.0.time_is_paused.store(is_paused, Ordering::SeqCst);
    }

    /// Waits for the function to die.
    pub(crate) async fn death(&self) {
        self.0.death.notified().await;
    }

    fn next(&self, call: &Call) -> Option<Break> {
        let mut state = self.0.state.lock().unwrap();
        if let Some(judge) = &mut state.judge {
            return judge(call);
        }
        state.next.pop_front().or(state.all)
    }

    /// These clients at the end of this line.
    pub(crate) fn clients(&self, Clients { ses, sns, secrets }: Clients) -> Clients {
        let (ses, sns, secrets) = (ses.config(), sns.config(), secrets.config());
        let end = |service, whole: Option<SharedHttpClient>| self.end(service, whole.unwrap());
        let to_ses = end(Service::Ses, ses.http_client());
        let to_sns = end(Service::Sns, sns.http_client());
        let to_secrets = end(Service::Secrets, secrets.http_client());
        let (ses, sns) = (ses.to_builder(), sns.to_builder());
        let secrets = secrets.to_builder().http_client(to_secrets).build();
        Clients {
            ses: aws_sdk_ses::Client::from_conf(ses.http_client(to_ses).build()),
            sns: aws_sdk_sns::Client::from_conf(sns.http_client(to_sns).build()),
            secrets: aws_sdk_secretsmanager::Client::from_conf(secrets),
        }
    }

    /// The end of this line that leads to `service`, before what is whole.
    pub(crate) fn end(
        &self,
        service: Service,
        whole: SharedHttpClient,
    ) -> impl HttpClient + 'static {
        End::new(self.clone(), service, whole)
    }

    /// The product at the end of this line, which goes to SES and SNS.
    pub(crate) async fn app(&self, settings: &[(&str, &str)]) -> TestApp {
        TestApp::with_clients(settings, |whole| {
            let secrets = whole.secrets.clone();
            Clients { secrets, ..self.clients(whole) }
        })
        .await
    }
}

/// Nothing else happens as long as one of these lives, so time goes straight to when somebody gives
/// up.
struct SkippedTime(Option<Line>);

impl SkippedTime {
    fn new(line: &Line) -> Self {
        if line.0.time_is_paused.load(Ordering::SeqCst) {
            return Self(None);
        }
        if line.0.silent.fetch_add(1, Ordering::SeqCst) == 0 {
            tokio::time::pause();
        }
        Self(Some(line.clone()))
    }

    /// Waits.
    async fn pass(line: &Line, milliseconds: u64) {
        let _skipped = Self::new(line);
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}

impl Drop for SkippedTime {
    fn drop(&mut self) {
        let Some(line) = &self.0 else { return };
        if line.0.silent.fetch_sub(1, Ordering::SeqCst) == 1 {
            tokio::time::resume();
        }
    }
}
