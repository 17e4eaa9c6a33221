//! Bindings that others want at the same time.

use futures::{FutureExt as _, future::join_all};
use shared::identifier::AccountId;

use super::{
    COOKIE, EMAIL, NEW, PASSWORD, SIGN_IN, SIGN_UP, WRONG, arrived, bound_to, change,
    change_password, credentials, identity, is_signed_in, join, signed_in, start,
    start_with_account, waiting,
};
use crate::support::{Browser, Reply, TestApp};

const CROWD: usize = 20;

/// Sends all of these at once, and answers with the replies, in their order.
async fn at_once(requests: Vec<(Browser, &'static str, String)>) -> Vec<(Browser, Reply)> {
    let running = requests.into_iter().map(|(mut browser, path, email)| {
        tokio::spawn(async move {
            let reply = browser.post(path, credentials(&email, PASSWORD)).await;
            (browser, reply)
        })
    });
    join_all(running).await.into_iter().map(Result::unwrap).collect()
}

fn says(reply: &Reply, message: &str) -> bool {
    reply.json()["message"] == message
}

/// How many accounts have an identity, and how many of them.
async fn bindings(app: &TestApp) -> (usize, usize) {
    let items = app.dump("accounts").await;
    let having = items.iter().filter_map(|item| item.get("identities")?.as_l().ok());
    let counts: Vec<_> = having.map(Vec::len).collect();
    (counts.len(), counts.iter().sum())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identity_that_many_sessions_bind_at_once_is_one_accounts_alone() {
    let app = start().await;
    let mut requests = Vec::new();
    for number in 0..CROWD {
        // Each has come back from the provider in a session of their own.
        let browser = arrived(&app, &identity("user")).await;
        let email = format!("{number}@test.com");
        if number % 2 == 0 {
            join(&app, &email).await;
            requests.push((browser, SIGN_IN, email));
        } else {
            requests.push((browser, SIGN_UP, email));
        }
    }
    let mut winners = Vec::new();
    for (number, (browser, reply)) in at_once(requests).await.into_iter().enumerate() {
        assert_eq!(reply.status, 200, "{number}: {reply}");
        assert!(is_signed_in(&browser).await, "{number}");
        let (bound, plain) = match number % 2 {
            0 => ("authenticate and bind successfully", "authenticate successfully"),
            _ => ("bind and register successfully", "register successfully"),
        };
        if says(&reply, bound) {
            winners.push(reply.json()["data"]["id"].as_str().unwrap().parse().unwrap());
        } else {
            assert!(says(&reply, plain), "{number}: {reply}");
        }
    }
    let [winner] = winners[..] else { panic!("{winners:?}") };
    assert_eq!(bound_to(&app, &identity("user")).await, Some(winner));
    assert_eq!(bindings(&app).await, (1, 1));
    assert_eq!(app.outbox.messages().len(), 1, "the others are told of nothing");
    assert_eq!(app.audited().await, CROWD);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_session_that_is_used_many_times_at_once_binds_once() {
    let app = start().await;
    let mut requests = Vec::new();
    let token = waiting(&app, &identity("user")).await;
    for number in 0..CROWD {
        let email = format!("{number}@test.com");
        join(&app, &email).await;
        let browser = app.browser().cookie(COOKIE, token.expose());
        requests.push((browser, SIGN_IN, email));
    }
    let replies = at_once(requests).await;
    for (_, reply) in &replies {
        assert_eq!(reply.status, 200, "{reply}");
    }
    let bound = |(_, reply): &&(Browser, Reply)| says(reply, "authenticate and bind successfully");
    // A sign-in that finds the visit over has dropped it, so there can be none.
    let count = replies.iter().filter(bound).count();
    assert!(count <= 1, "{count}");
    assert_eq!(bindings(&app).await, (count, count));
    assert_eq!(app.outbox.messages().len(), count);
    assert_eq!(app.audited().await, CROWD);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn identities_that_one_account_binds_at_once_are_all_its_own() {
    let (app, id) = start_with_account().await;
    let mut requests = Vec::new();
    for number in 0..10 {
        let browser = arrived(&app, &identity(&number.to_string())).await;
        requests.push((browser, SIGN_IN, EMAIL.to_owned()));
    }
    let mut bound = 0;
    for (number, (browser, reply)) in at_once(requests).await.into_iter().enumerate() {
        assert_eq!(reply.status, 200, "{reply}");
        assert!(is_signed_in(&browser).await);
        let is_bound = says(&reply, "authenticate and bind successfully");
        let owner = bound_to(&app, &identity(&number.to_string())).await;
        assert_eq!(owner, is_bound.then_some(id), "{number}: {reply}");
        bound += usize::from(is_bound);
    }
    assert!(bound > 0);
    assert_eq!(bindings(&app).await, (1, bound));
    assert_eq!(app.audited().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_account_gets_more_than_twenty_however_many_are_bound_at_once() {
    let (app, _) = start_with_account().await;
    for number in 0..18 {
        super::bind(&app, &identity(&format!("early{number}")), EMAIL).await;
    }
    let mut requests = Vec::new();
    for number in 0..6 {
        let browser = arrived(&app, &identity(&number.to_string())).await;
        requests.push((browser, SIGN_IN, EMAIL.to_owned()));
    }
    for (_, reply) in at_once(requests).await {
        assert_eq!(reply.status, 200, "{reply}");
    }
    let (accounts, count) = bindings(&app).await;
    assert!(accounts == 1 && (18..=20).contains(&count), "{count}");
    assert_eq!(app.audited().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ban_or_a_deletion_that_a_binding_meets_leaves_nothing_half_done() {
    for round in 0..6 {
        let (app, id) = start_with_account().await;
        let account = AccountId::new(id).unwrap();
        let mut browser = arrived(&app, &identity("user")).await;
        let directory = app.directory.clone();
        let (delete, sign_ins) = (round % 2 == 0, round / 2);
        let mut elsewhere = app.browser();
        let binding = async move {
            let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
            Some((browser, reply))
        };
        let other = async move {
            // Takes a while, so that the binding has a chance.
            for _ in 0..sign_ins {
                elsewhere.post(SIGN_IN, credentials(EMAIL, WRONG)).await;
            }
            match delete {
                true => directory.delete_account(account).await.unwrap(),
                false => directory.ban(account).await.unwrap(),
            }
            None
        };
        let running = [tokio::spawn(binding.boxed()), tokio::spawn(other.boxed())];
        let mut done = join_all(running).await.into_iter().map(Result::unwrap);
        let (browser, reply) = done.next().unwrap().unwrap();
        assert!([200, 400].contains(&reply.status.as_u16()), "{reply}");
        if reply.status == 200 {
            assert!(!is_signed_in(&browser).await);
        }
        if delete {
            assert_eq!(bound_to(&app, &identity("user")).await, None);
            assert_eq!(app.dump("accounts").await.len(), 0);
        }
        assert_eq!(app.audited().await, usize::from(!delete));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_change_that_a_binding_meets_keeps_out_who_has_the_old_one() {
    for sign_ins in 0..4 {
        let (app, id) = start_with_account().await;
        let mut owner = signed_in(&app, EMAIL).await;
        let mut thief = arrived(&app, &identity("thief")).await;
        let mut elsewhere = app.browser();
        let changing = async move {
            for _ in 0..sign_ins {
                elsewhere.post(SIGN_IN, credentials(EMAIL, WRONG)).await;
            }
            let reply = change_password(&mut owner, change(PASSWORD, NEW)).await;
            (owner, reply)
        };
        let binding = async move {
            let reply = thief.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
            (thief, reply)
        };
        let running = [tokio::spawn(changing.boxed()), tokio::spawn(binding.boxed())];
        let mut done = join_all(running).await.into_iter().map(Result::unwrap);
        let (owner, changed) = done.next().unwrap();
        let (thief, reply) = done.next().unwrap();
        assert_eq!(changed.status, 200, "{changed}");
        assert!(is_signed_in(&owner).await);
        if reply.status == 200 {
            assert!(!is_signed_in(&thief).await, "{reply}");
        }
        // Bound before the change, with the right password, or not at all.
        let bound = says(&reply, "authenticate and bind successfully");
        assert_eq!(bound_to(&app, &identity("thief")).await, bound.then_some(id), "{reply}");
        assert_eq!(app.audited().await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_many_sign_up_for_at_once_is_given_to_one() {
    let app = start().await;
    let mut requests = Vec::new();
    for number in 0..CROWD {
        let spelling = [EMAIL, "USER@test.com", " user@TEST.com"][number % 3];
        let browser = match number % 2 {
            0 => arrived(&app, &identity(&number.to_string())).await,
            _ => app.browser(),
        };
        requests.push((browser, SIGN_UP, spelling.to_owned()));
    }
    let mut winners = 0;
    for (number, (browser, reply)) in at_once(requests).await.into_iter().enumerate() {
        if reply.status == 200 {
            winners += 1;
            assert!(is_signed_in(&browser).await);
        } else {
            let message = "user with this username already existed";
            super::is_refused(&reply, message, &number.to_string());
        }
    }
    assert_eq!(winners, 1);
    let account = app.account(EMAIL).await;
    assert_eq!(bindings(&app).await, (account.identities.len(), account.identities.len()));
    assert_eq!(app.audited().await, 1);
    let reply = app.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    reply.is(200, super::success(account.id.number(), EMAIL, "authenticate successfully"));
}
