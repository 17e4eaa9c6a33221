//! What ends a credential ends it here, at once.

use http::Method;
use serde_json::json;
use shared::directory::TenantStatus;

use super::{Member, Slot, ask, refused};
use crate::support::{PASSWORD, TestApp};

const DAY: i64 = 24 * 60 * 60;

#[tokio::test]
async fn a_sign_out_ends_the_one_credential() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app, "ann").await;
    // The browsers forget what they have signed out with.
    let credentials = Slot::ALL.map(|slot| member.credential(slot).to_owned());
    for (count, slot) in Slot::ALL.into_iter().enumerate() {
        let reply = member.sign_out(&app, slot).await;
        assert_eq!(reply.status, 200, "{reply}");
        for (place, other) in Slot::ALL.into_iter().enumerate() {
            let answer = ask(&app, &[(other, &credentials[place])]).await;
            let expected = if place > count { member.authorized(other) } else { refused() };
            assert_eq!(answer, expected, "{other:?} after {slot:?}");
        }
    }
}

#[tokio::test]
async fn credentials_end_to_the_second() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    app.clock.advance(14 * DAY - 1);
    // What asks here uses nothing, or the sessions would live on.
    member.is_signed_in_at(&app, &Slot::ALL).await;
    app.clock.advance(1);
    member.is_signed_in_at(&app, &[Slot::ApiKey]).await;
    app.clock.advance(76 * DAY - 1);
    member.is_signed_in_at(&app, &[Slot::ApiKey]).await;
    app.clock.advance(1);
    member.is_signed_in_at(&app, &[]).await;
}

#[tokio::test]
async fn a_password_change_ends_all_but_the_session_that_made_it() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app, "ann").await;
    let change = json!({ "old_password": PASSWORD, "new_password": "7Zq!vB3@mLr" });
    let [web, ..] = &mut member.browsers;
    let reply = web.send_json(Method::PUT, "/api/user/update_password", change).await;
    assert_eq!(reply.status, 200, "{reply}");
    member.is_signed_in_at(&app, &[Slot::Web]).await;
}

#[tokio::test]
async fn the_operator_ends_everything() {
    for what in ["ban", "sign out everywhere", "deletion"] {
        let app = TestApp::new().await;
        let (member, other) = (Member::join(&app, "ann").await, Member::join(&app, "bob").await);
        match what {
            "ban" => app.directory.ban(member.id).await.unwrap(),
            "sign out everywhere" => app.directory.sign_out_everywhere(member.id).await.unwrap(),
            _ => app.directory.delete_account(member.id).await.unwrap(),
        }
        member.is_signed_in_at(&app, &[]).await;
        other.is_signed_in_at(&app, &Slot::ALL).await;
    }
}

#[tokio::test]
async fn a_disabled_tenant_takes_its_tokens_along_and_nothing_else() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    let others = Slot::ALL.into_iter().filter(|slot| *slot != Slot::Bearer).collect::<Vec<_>>();
    let set = async |status| app.directory.set_tenant_status(&member.tenant, status).await;
    assert!(set(TenantStatus::Disabled).await.unwrap());
    member.is_signed_in_at(&app, &others).await;
    assert!(set(TenantStatus::Active).await.unwrap());
    member.is_signed_in_at(&app, &Slot::ALL).await;
    assert!(app.directory.delete_tenant(&member.tenant).await.unwrap());
    member.is_signed_in_at(&app, &others).await;
}
