//! Several credentials in one request, and what that costs.

use super::{Member, Slot, ask, refused};
use crate::support::TestApp;

fn all(member: &Member) -> Vec<(Slot, &str)> {
    Slot::ALL.into_iter().map(|slot| (slot, member.credential(slot))).collect()
}

#[tokio::test]
async fn of_one_accounts_credentials_the_first_slot_is_told() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    let mut presented = all(&member);
    for first in Slot::ALL {
        assert_eq!(ask(&app, &presented).await, member.authorized(first));
        presented.remove(0);
    }
    // Whatever the order in which they come.
    let mut presented = all(&member);
    presented.reverse();
    assert_eq!(ask(&app, &presented).await, member.authorized(Slot::ApiKey));
}

#[tokio::test]
async fn two_accounts_are_refused() {
    let app = TestApp::new().await;
    let (ann, bob) = (Member::join(&app, "ann").await, Member::join(&app, "bob").await);
    for one in Slot::ALL {
        for other in Slot::ALL.into_iter().filter(|other| *other != one) {
            let presented = [(one, ann.credential(one)), (other, bob.credential(other))];
            assert_eq!(ask(&app, &presented).await, refused(), "{one:?} {other:?}");
            let presented = [(one, ann.credential(one)), (other, ann.credential(other))];
            assert_eq!(ask(&app, &presented).await["isAuthorized"], true, "{one:?} {other:?}");
        }
    }
    let mut presented = all(&ann);
    presented[5] = (Slot::Users, bob.credential(Slot::Users));
    assert_eq!(ask(&app, &presented).await, refused());
}

#[tokio::test]
async fn dead_credentials_do_not_count() {
    let app = TestApp::new().await;
    let (ann, bob) = (Member::join(&app, "ann").await, Member::join(&app, "bob").await);
    app.directory.ban(bob.id).await.unwrap();
    for live in Slot::ALL {
        let presented: Vec<_> = Slot::ALL
            .into_iter()
            .map(|slot| (slot, if slot == live { &ann } else { &bob }.credential(slot)))
            .collect();
        assert_eq!(ask(&app, &presented).await, ann.authorized(live), "{live:?}");
    }
    assert_eq!(ask(&app, &all(&bob)).await, refused());
}

#[tokio::test]
async fn whatever_is_presented_costs_one_round_trip() {
    let app = TestApp::new().await;
    let (ann, bob) = (Member::join(&app, "ann").await, Member::join(&app, "bob").await);
    let mixed: Vec<_> = Slot::ALL
        .into_iter()
        .enumerate()
        .map(|(place, slot)| (slot, if place % 2 == 0 { &ann } else { &bob }.credential(slot)))
        .collect();
    // A credential and its account, an item of at most 4 KB each; of a token its tenant, too.
    for (presented, units) in [
        (vec![(Slot::Users, ann.credential(Slot::Users))], 2.0),
        (vec![(Slot::Bearer, ann.credential(Slot::Bearer))], 3.0),
        (all(&ann), 8.0),
        (mixed, 9.0),
    ] {
        app.meter.take();
        ask(&app, &presented).await;
        let cost = app.meter.take();
        assert_eq!(cost.operations, ["BatchGetItem"]);
        assert_eq!((cost.read_units, cost.write_units), (units, 0.0), "{}", presented.len());
    }
}

#[tokio::test]
async fn more_than_anyone_comes_by_is_refused_unread() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    let planted: Vec<_> = (0..16).map(|number| format!("{number:080x}")).collect();
    let key = (Slot::ApiKey, member.api_key.as_str());
    let mut presented = vec![key];
    presented.extend(planted.iter().take(15).map(|text| (Slot::Users, text.as_str())));
    assert_eq!(ask(&app, &presented).await, member.authorized(Slot::ApiKey));
    presented.push((Slot::Users, &planted[15]));
    app.meter.take();
    assert_eq!(ask(&app, &presented).await, refused());
    assert_eq!(app.meter.take().operations, Vec::<String>::new());
}
