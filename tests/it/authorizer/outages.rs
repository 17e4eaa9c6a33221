//! An outage lets nobody in, and tells nobody that they are not signed in.

use local::SIGNING_KEYS_SECRET;

use super::{Member, Slot, ask, event, refused};
use crate::support::TestApp;

#[tokio::test]
async fn without_the_database_there_is_no_answer() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    member.is_signed_in_at(&app, &Slot::ALL).await;
    let authorizer = app.authorizer();
    let _outage = app.outage().await;
    for slot in Slot::ALL {
        let event = event(&[(slot, member.credential(slot))]);
        let error = authorizer.answer(event).await.unwrap_err().to_string();
        assert!(error.starts_with("BatchGetItem: "), "{slot:?}: {error}");
    }
    // It is not asked for nothing.
    assert_eq!(authorizer.answer(event(&[])).await.unwrap(), refused());
}

#[tokio::test]
async fn an_account_that_cannot_be_read_is_an_outage() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    app.record(member.id.number(), "status", "nobody knows").await;
    for slot in Slot::ALL {
        let event = event(&[(slot, member.credential(slot))]);
        app.authorizer().answer(event).await.unwrap_err();
    }
}

#[tokio::test]
async fn without_the_keys_there_is_no_answer_to_a_token() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    let keys = app.secrets.value(SIGNING_KEYS_SECRET).unwrap();
    for failure in ["out of reach", "unreadable"] {
        if failure == "unreadable" {
            app.secrets.set_failing(false);
            app.secrets.set(SIGNING_KEYS_SECRET, "not what it should be");
        } else {
            app.secrets.set_failing(true);
        }
        app.meter.take();
        let bearer = (Slot::Bearer, member.credential(Slot::Bearer));
        let key = (Slot::ApiKey, member.credential(Slot::ApiKey));
        for presented in [&[bearer][..], &[key, bearer]] {
            // A live key beside it is no way around: whose the token is decides as well.
            let event = event(presented);
            app.authorizer().answer(event).await.unwrap_err();
        }
        assert_eq!(app.meter.take().operations, Vec::<String>::new(), "{failure}");
        // What needs no keys is answered.
        for slot in Slot::ALL.into_iter().filter(|slot| *slot != Slot::Bearer) {
            let presented = [(slot, member.credential(slot)), (Slot::Bearer, "a.b.c")];
            assert_eq!(ask(&app, &presented).await, member.authorized(slot), "{slot:?}");
        }
    }
    app.secrets.set(SIGNING_KEYS_SECRET, &keys);
    member.is_signed_in_at(&app, &Slot::ALL).await;
}
