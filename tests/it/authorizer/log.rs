//! The line that each request leaves.

use super::{Member, Slot, ask, event};
use crate::support::{Log, TestApp};

#[tokio::test]
async fn each_request_leaves_a_line_that_holds_no_token_and_no_account() {
    let app = TestApp::new().await;
    let (ann, bob) = (Member::join(&app, "ann").await, Member::join(&app, "bob").await);
    let log = Log::begin();
    for slot in Slot::ALL {
        ask(&app, &[(slot, ann.credential(slot))]).await;
    }
    ask(&app, &[(Slot::Users, ann.credential(Slot::Users)), (Slot::ApiKey, &bob.api_key)]).await;
    app.directory.ban(ann.id).await.unwrap();
    ask(&app, &[(Slot::Users, ann.credential(Slot::Users))]).await;
    ask(&app, &[]).await;
    app.authorizer().answer(serde_json::json!({})).await.unwrap();
    app.secrets.set_failing(true);
    app.authorizer().answer(event(&[(Slot::Bearer, &ann.token)])).await.unwrap_err();
    let text = log.end();
    let ours: Vec<_> = text.lines().filter(|line| line.contains(" authorizer: ")).collect();
    let outcomes: Vec<_> = ours
        .iter()
        .map(|line| {
            assert!(line.contains("milliseconds="), "{line}");
            let has_id = line.contains(r#"request_id="JKJaXmPLvHcESHA=""#);
            assert_eq!(has_id, !line.contains("unreadable event"), "{line}");
            let part = |name| line.split_once(name).unwrap().1.split('"').nth(1).unwrap();
            (line.contains("ERROR"), part("contract="), part("outcome="))
        })
        .collect();
    let expected = [
        (false, "api_key", "authorized"),
        (false, "tenant", "authorized"),
        (false, "tenant", "authorized"),
        (false, "contact", "authorized"),
        (false, "cookie", "authorized"),
        (false, "users", "authorized"),
        (false, "none", "two accounts"),
        (false, "none", "not signed in"),
        (false, "none", "nothing presented"),
        (false, "none", "unreadable event"),
        (true, "none", "unavailable"),
    ];
    assert_eq!(outcomes, expected);
    let id = ann.id.to_string();
    for line in &ours {
        for secret in [id.as_str(), &ann.email, ann.tenant.as_str(), "orders", "198.51"] {
            assert!(!line.contains(secret), "{line}");
        }
    }
    for member in [&ann, &bob] {
        for slot in Slot::ALL {
            // Nor in the lines of what it stands on.
            assert!(!text.contains(member.credential(slot)), "{slot:?}");
        }
    }
}
