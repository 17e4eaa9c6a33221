//! Guessing passwords and codes.

use serde_json::json;

use super::scene::{
    Check, EMAIL, HOUR, MINUTE, OTHER, Outcome, PHONE, Scene, USERNAME, WINDOW, Way,
};
use crate::{
    email,
    limits::{HEADERS, in_header},
    phone::{self, spellings},
    support::{Browser, PASSWORD, Reply, TestApp, at_once},
};

/// A password that differs from the right one in its last character.
pub(super) const WRONG: &str = "k9#Lw2!pQy";

/// In how many seconds to try again.
#[track_caller]
pub(super) fn retry_after(reply: &Reply) -> i64 {
    reply.header("retry-after").unwrap().parse().unwrap()
}

#[tokio::test]
async fn a12_of_many_wrong_passwords_for_an_account_ten_are_looked_at_wherever_they_are_tried() {
    for check in Check::all() {
        let scene = Scene::set().await;
        scene.join().await;
        let mut browser = check.browser(&scene).await;
        let hashes = scene.hashes();
        for number in 1..=10 {
            let outcome = check.outcome(&check.ask(&mut browser, EMAIL, WRONG).await);
            assert_eq!(outcome, Outcome::Refused, "{check:?} {number}");
        }
        for number in 11..=30 {
            let reply = check.ask(&mut browser, EMAIL, WRONG).await;
            assert_eq!(check.outcome(&reply), Outcome::TooMany, "{check:?} {number}");
            assert_eq!(retry_after(&reply), WINDOW, "{check:?}");
        }
        assert_eq!(scene.hashes_since(hashes), 10, "{check:?}");
        assert_eq!(scene.guesses().await.iter().max(), Some(&10), "{check:?}");

        scene.clock.advance(WINDOW - 1);
        let reply = check.ask(&mut browser, EMAIL, PASSWORD).await;
        assert_eq!(check.outcome(&reply), Outcome::TooMany, "{check:?}");
        assert_eq!(retry_after(&reply), 1, "{check:?}");
        scene.clock.advance(1);
        let outcome = check.outcome(&check.ask(&mut browser, EMAIL, PASSWORD).await);
        assert_eq!(outcome, Outcome::Done, "{check:?}");
    }
}

#[tokio::test]
async fn a13_one_password_for_many_accounts_is_tried_a_few_times_from_one_address() {
    let limits = [("LIMIT_GUESSES_PER_ADDRESS", "9"), ("LIMIT_GUESSES_PER_TENANT", "4")];
    let scene = Scene::with(&limits).await;
    scene.join_both().await;
    let hashes = scene.hashes();
    let ways = [Way::BY_EMAIL.as_slice(), &Way::BY_PHONE].concat();
    let of_address: Vec<_> = ways.iter().copied().filter(|way| *way != Way::ClientApp).collect();
    // A client app's requests count for its tenant, from whichever address they come.
    for (ways, limit) in [(of_address, 9), (vec![Way::ClientApp], 4)] {
        for (way, number) in ways.iter().copied().cycle().zip(0..30) {
            let mut browser = match way {
                Way::ClientApp => scene.visitor(way),
                _ => scene.visitor_at(way, [203, 0, 113, 7]),
            };
            let (email, phone) = (format!("{number}@example.com"), phone::number(number));
            let identifier = if Way::BY_PHONE.contains(&way) { phone } else { email };
            let outcome = way.outcome(&way.ask(&mut browser, &identifier, PASSWORD).await);
            let expected = if number < limit { Outcome::Refused } else { Outcome::TooMany };
            assert_eq!(outcome, expected, "{way:?} {number}");
        }
        for way in ways {
            let mut browser = scene.visitor_at(way, [203, 0, 113, 7]);
            let identifier = if Way::BY_PHONE.contains(&way) { PHONE } else { EMAIL };
            let reply = way.ask(&mut browser, identifier, PASSWORD).await;
            assert_eq!(way.outcome(&reply), Outcome::TooMany, "{way:?}");
            assert_eq!(retry_after(&reply), WINDOW, "{way:?}");
        }
    }
    assert_eq!(scene.hashes_since(hashes), 9 + 4);
    assert_eq!(scene.stored("credential#").await, 0);
    for (way, identifier) in Way::all().filter(|it| it.0 != Way::ClientApp) {
        let outcome = scene.try_sign_in(way, identifier, PASSWORD).await;
        assert_eq!(outcome, Outcome::Done, "another address is another matter: {way:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a14_of_a_hundred_guesses_in_one_burst_ten_are_looked_at() {
    let scene = Scene::set().await;
    scene.join_both().await;
    let mut home = scene.browser();
    for (way, identifier) in [(Way::Cookie, EMAIL), (Way::Phone, PHONE)] {
        let reply = way.ask(&mut home, identifier, PASSWORD).await;
        assert_eq!(way.outcome(&reply), Outcome::Done);
    }
    let everywhere = [
        (Check::SignIn(Way::ApiKey), EMAIL),
        (Check::SignIn(Way::Cookie), USERNAME),
        (Check::SignIn(Way::Cookie), "ＶＩＣＴＩＭ.one"),
        (Check::SignIn(Way::Users), "VICTIM@example.com"),
        (Check::SignIn(Way::Web), "Victim@Example.com"),
        (Check::SignIn(Way::ClientApp), "victim@EXAMPLE.com"),
        (Check::SignIn(Way::Email), "viCtim@example.com"),
        (Check::SignIn(Way::EmailPost), " victim@example.com"),
        (Check::Delete, " VICTIM@EXAMPLE.COM"),
    ];
    let by_phone =
        [(Check::SignIn(Way::Phone), PHONE), (Check::SignIn(Way::PhonePost), "0086 138-0013-8000")];
    let nobody = [
        (Check::SignIn(Way::ApiKey), "nobody@abc.com"),
        (Check::SignIn(Way::Users), "NOBODY@abc.com"),
        (Check::SignIn(Way::ClientApp), "nobody@ABC.com "),
        (Check::SignIn(Way::EmailPost), "nobody@ａｂｃ.com"),
    ];
    for (window, ways) in
        [(0, everywhere.as_slice()), (0, &by_phone), (0, &nobody), (WINDOW, &everywhere)]
    {
        // The next ten are the next window's.
        scene.clock.advance(window);
        let hashes = scene.hashes();
        let guesses = (0..100).map(|number| {
            let (check, identifier) = ways[number % ways.len()];
            let mut browser = match check {
                Check::SignIn(way) => scene.visitor(way),
                _ => scene.browser(),
            };
            async move {
                let password = format!("a-wrong-Pa55word{number}");
                let reply = check.ask(&mut browser, identifier, &password).await;
                check.outcome(&reply)
            }
        });
        let outcomes = at_once(guesses).await;
        let count = |wanted| outcomes.iter().filter(|outcome| **outcome == wanted).count();
        assert_eq!((count(Outcome::Refused), count(Outcome::TooMany)), (10, 90), "{ways:?}");
        assert_eq!(scene.hashes_since(hashes), 10, "{ways:?}");
    }
    for way in Way::BY_EMAIL {
        let identifier = EMAIL;
        let outcome = scene.try_sign_in(way, identifier, PASSWORD).await;
        assert_eq!(outcome, Outcome::TooMany, "{way:?}");
        let reply = way.ask(&mut scene.dressed(way, home.clone()), identifier, PASSWORD).await;
        assert_eq!(way.outcome(&reply), Outcome::Done, "who is known is not locked out: {way:?}");
    }
    assert_eq!(scene.audited().await, 2);
}

#[tokio::test]
async fn a15_once_there_were_too_many_the_right_password_is_refused_like_a_wrong_one() {
    let scene = Scene::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "2")]).await;
    scene.join_both().await;
    for (way, identifier) in Way::all() {
        for _ in 0..2 {
            let outcome = scene.try_sign_in(way, identifier, WRONG).await;
            assert_eq!(outcome, Outcome::Refused, "{way:?}");
        }
        let hashes = scene.hashes();
        scene.meter.take();
        let wrong = way.ask(&mut scene.visitor(way), identifier, WRONG).await;
        let cost = scene.meter.take();
        let right = way.ask(&mut scene.visitor(way), identifier, PASSWORD).await;
        assert_eq!(scene.meter.take(), cost, "{way:?}");
        assert_eq!(way.outcome(&right), Outcome::TooMany, "{way:?}");
        assert_eq!((right.status, &right.headers), (wrong.status, &wrong.headers), "{way:?}");
        assert_eq!(right.text, wrong.text, "{way:?}");
        assert_eq!(scene.hashes_since(hashes), 0, "{way:?}");
        assert_eq!(scene.stored("credential#").await, 0, "{way:?}");
        scene.clock.advance(WINDOW);
        let session = scene.sign_in(way, identifier).await;
        session.sign_out(&scene).await;
        scene.clock.advance(WINDOW);
    }
}

#[tokio::test]
async fn a16_guesses_at_every_door_and_endpoint_use_up_one_budget() {
    let checks = Check::all();
    let limit = checks.len().to_string();
    let scene = Scene::with(&[("LIMIT_GUESSES_PER_ACCOUNT", &limit)]).await;
    scene.join().await;
    // Each asks from an address from which nobody has signed in.
    let mut browsers = Vec::new();
    for check in checks {
        browsers.push((check, check.browser(&scene).await));
    }
    for (check, browser) in &mut browsers {
        let outcome = check.outcome(&check.ask(browser, EMAIL, WRONG).await);
        assert_eq!(outcome, Outcome::Refused, "{check:?}");
    }
    assert_eq!(scene.guesses().await, [i64::try_from(browsers.len()).unwrap()]);
    let hashes = scene.hashes();
    for (check, browser) in &mut browsers {
        let outcome = check.outcome(&check.ask(browser, EMAIL, PASSWORD).await);
        assert_eq!(outcome, Outcome::TooMany, "{check:?}");
    }
    assert_eq!(scene.hashes_since(hashes), 0);
    assert_eq!(scene.audited().await, 1);
}

#[tokio::test]
async fn a17_another_spelling_of_an_identifier_brings_no_new_guesses() {
    let by_email = [
        EMAIL,
        "VICTIM@EXAMPLE.COM",
        "victim@ｅｘａｍｐｌｅ.com",
        "Victim@example。com",
        " victim@example.com",
        "victim@example.com\r\n",
    ];
    let mut guesses = Vec::new();
    for way in Way::BY_EMAIL {
        // In a query nothing is trimmed, and a space makes an address malformed.
        let spellings = if way == Way::Email { &by_email[..4] } else { &by_email };
        guesses.extend(spellings.iter().map(|email| (way, *email)));
    }
    for username in [USERNAME, "VICTIM.ONE", "ｖｉｃｔｉｍ.one", " victim.one "] {
        guesses.push((Way::Cookie, username));
    }
    let mut by_phone: Vec<_> =
        spellings::DENSE.into_iter().map(|phone| (Way::Phone, phone)).collect();
    let spaced = spellings::DENSE.into_iter().chain(spellings::SPACED);
    by_phone.extend(spaced.map(|phone| (Way::PhonePost, phone)));

    for guesses in [guesses, by_phone] {
        let limit = guesses.len().to_string();
        let scene = Scene::with(&[("LIMIT_GUESSES_PER_ACCOUNT", &limit)]).await;
        scene.join_both().await;
        for (way, identifier) in &guesses {
            let outcome = scene.try_sign_in(*way, identifier, WRONG).await;
            assert_eq!(outcome, Outcome::Refused, "{way:?} {identifier}");
        }
        assert_eq!(scene.guesses().await, [i64::try_from(guesses.len()).unwrap()]);
        for (way, identifier) in &guesses {
            let outcome = scene.try_sign_in(*way, identifier, PASSWORD).await;
            assert_eq!(outcome, Outcome::TooMany, "{way:?} {identifier}");
        }
    }
}

#[tokio::test]
async fn a18_a_client_address_is_what_the_gateway_says_however_it_is_spelled_or_disguised() {
    let at = |address: &str| address.parse::<std::net::IpAddr>().unwrap();
    let ways = Way::BY_EMAIL.into_iter().filter(|way| *way != Way::ClientApp);
    for (same, neighbour) in [
        (["203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107"], "203.0.113.8"),
        (
            ["2001:db8:1:2::1", "2001:0DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::7"],
            "2001:db8:1:3::1",
        ),
    ] {
        let scene = Scene::with(&[("LIMIT_GUESSES_PER_ADDRESS", "3")]).await;
        scene.join().await;
        for (address, way) in same.into_iter().zip(ways.clone()) {
            let reply =
                way.ask(&mut scene.visitor_at(way, at(address)), "x@example.com", WRONG).await;
            assert_eq!(way.outcome(&reply), Outcome::Refused, "{address}");
        }
        for way in ways.clone() {
            // Someone who calls himself another each time is still the same.
            for (number, name) in HEADERS.into_iter().enumerate() {
                let alias = in_header(name, &format!("198.51.100.{number}"));
                let mut browser = scene.visitor_at(way, at(same[number % 3])).header(name, &alias);
                let reply = way.ask(&mut browser, EMAIL, PASSWORD).await;
                assert_eq!(way.outcome(&reply), Outcome::TooMany, "{way:?} {name}");
                // And nobody else is counted as who they say to be.
                let theirs = in_header(name, same[0]);
                let mut other = scene.visitor_at(way, at(neighbour)).header(name, &theirs);
                let reply = way.ask(&mut other, EMAIL, PASSWORD).await;
                assert_eq!(way.outcome(&reply), Outcome::Done, "{way:?} {name}");
            }
        }
    }
    // An account's strangers share one budget, wherever they say to be.
    let scene = Scene::set().await;
    scene.join().await;
    for (number, name) in HEADERS.into_iter().chain(HEADERS).enumerate() {
        let way = Way::BY_EMAIL[number % Way::BY_EMAIL.len()];
        let alias = in_header(name, &format!("198.51.100.{number}"));
        let mut browser = scene.visitor(way).header(name, &alias);
        let outcome = way.outcome(&way.ask(&mut browser, EMAIL, WRONG).await);
        let expected = if number < 10 { Outcome::Refused } else { Outcome::TooMany };
        assert_eq!(outcome, expected, "{way:?} {name}");
    }
}

/// Sends a sign-in with further fields that name somebody else.
async fn ask_with_decoys(way: Way, browser: &mut Browser, identifier: &str, round: usize) -> Reply {
    let decoy = format!("decoy{round}@example.com");
    let query = format!(
        "email={decoy}&username={decoy}&phone=%2B861390013{round:04}&user_id={round}&tenant={round}"
    );
    let mut body = json!({
        "email": decoy, "username": decoy, "phone": "13900139000", "id": round, "account": decoy,
        "tenant": { "id": decoy }, "ip": "198.51.100.7", "sourceIp": "198.51.100.7",
    });
    let (path, name) = match way {
        Way::ApiKey => ("/user/signin", "email"),
        Way::Cookie => ("/api/v1/user/login/", "username"),
        Way::Web | Way::ClientApp => ("/api/user/signin", "username"),
        Way::Users => ("/users/sign_in", "email"),
        Way::PhonePost => ("/phone/token", "phone"),
        _ => ("/email/token", "email"),
    };
    // In a body the parameter itself is there once: two of them would be a bad one.
    body[name] = identifier.into();
    body["password"] = WRONG.into();
    if way == Way::Users {
        let mut user = body.clone();
        user["user"] = json!({ "email": decoy });
        body = json!({ "user": user, "email": decoy, "users": { "email": decoy } });
    }
    // The contract `contact` has its parameters in one place, or they have to agree.
    browser.post(&format!("{path}?{query}"), body).await
}

#[tokio::test]
async fn a19_fields_that_name_somebody_else_do_not_shift_whose_guess_it_is() {
    let posts = Way::all().filter(|it| !matches!(it.0, Way::Email | Way::Phone));
    for (way, identifier) in posts {
        let scene = Scene::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "4")]).await;
        scene.join_both().await;
        for round in 0..8 {
            let reply = ask_with_decoys(way, &mut scene.visitor(way), identifier, round).await;
            let expected = if round < 4 { Outcome::Refused } else { Outcome::TooMany };
            assert_eq!(way.outcome(&reply), expected, "{way:?} {round}");
        }
        assert_eq!(scene.guesses().await, [4], "{way:?}");
        let outcome = scene.try_sign_in(way, identifier, PASSWORD).await;
        assert_eq!(outcome, Outcome::TooMany, "{way:?}");
    }
    // In a query a parameter that is there twice is a missing one, and no guess at anybody.
    let scene = Scene::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "4")]).await;
    scene.join_both().await;
    for (name, value) in [("email", "victim%40example.com"), ("phone", "%2B8613800138000")] {
        let path = format!("/{name}/token?{name}={value}&password=x");
        for twice in ["decoy%40example.com", value, ""] {
            let reply = scene.get(&format!("{path}&{name}={twice}")).await;
            reply.is(200, email::body(400, "message required"));
        }
        for (number, other) in ["EMAIL", "e", "username", "user", "email[]"].iter().enumerate() {
            let reply = scene.get(&format!("{path}&{other}=decoy%40example.com")).await;
            let expected = if number < 4 { "wrong password" } else { "too many requests" };
            assert_eq!(reply.json()["msg"], expected, "{other}");
        }
    }
    assert_eq!(scene.guesses().await, [4, 4]);
}

#[tokio::test]
async fn a20_of_a_thousand_codes_guessed_at_once_five_are_compared() {
    let app = TestApp::new().await;
    let code = phone::fresh_code(&app, PHONE).await;
    // The right one is among them, in the middle.
    let guesses = (1..=1000)
        .map(|place| if place == 500 { code.clone() } else { phone::wrong(&code, place) });
    let replies = phone::at_once(
        guesses.map(async |guess| phone::register(&mut app.browser(), PHONE, &guess).await),
    )
    .await;
    let (mut made, mut compared) = (0, 0);
    for reply in &replies {
        match reply.json()["msg"].as_str() {
            Some("too many requests") => drop(phone::too_many(reply, "one of a thousand")),
            // Which is told without a look at the code.
            Some("phone has exist") => {}
            Some("success") => (made, compared) = (made + 1, compared + 1),
            _ => {
                phone::says(reply, 404, "wrong code", "one of a thousand");
                compared += 1;
            }
        }
    }
    // The right one gives its try back.
    assert!((1..=5 + made).contains(&compared), "{compared}");
    assert_eq!(app.directory.hasher().computed(), made, "only the right code is worth a hash");
    assert_eq!(app.audited().await as u64, made);
    if made == 0 {
        assert_eq!(phone::counted(&app, "code_tries", PHONE).await, 5);
        let late = phone::register(&mut app.browser(), PHONE, &code).await;
        phone::too_many(&late, "the right one afterwards");
        app.clock.advance(MINUTE);
        let new = phone::fresh_code(&app, PHONE).await;
        let reply = phone::register(&mut app.browser(), PHONE, &new).await;
        phone::too_many(&reply, "a new one afterwards");
        assert_eq!(app.audited().await, 0);
    }
}

#[tokio::test]
async fn a21_a_new_code_brings_no_new_tries() {
    let app = TestApp::new().await;
    for (guesses, tried) in [(3, 3), (2, 5)] {
        let code = phone::fresh_code(&app, PHONE).await;
        for time in 1..=guesses {
            let guess = phone::wrong(&code, time);
            let reply = phone::register(&mut app.browser(), PHONE, &guess).await;
            phone::says(&reply, 404, "wrong code", &format!("guess {time}"));
        }
        assert_eq!(phone::counted(&app, "code_tries", PHONE).await, tried);
        app.clock.advance(MINUTE);
    }
    for _ in 0..2 {
        let code = phone::fresh_code(&app, PHONE).await;
        let reply = phone::register(&mut app.browser(), PHONE, &code).await;
        phone::too_many(&reply, "with a new code");
        app.clock.advance(MINUTE);
    }
    assert_eq!(phone::counted(&app, "code_tries", PHONE).await, 5);
    assert_eq!(app.audited().await, 0);
    app.clock.advance(HOUR);
    phone::join(&app, PHONE).await;
}

#[tokio::test]
async fn a26_strangers_do_not_lock_the_owner_out() {
    let scene = Scene::set().await;
    scene.join_both().await;
    for (way, identifier) in Way::all() {
        let by_phone = Way::BY_PHONE.contains(&way);
        let ways: &[Way] = if by_phone { &Way::BY_PHONE } else { &Way::BY_EMAIL };
        // Whichever way the owner came in by, the address is known to all of them.
        let home = scene.browser();
        let sign_in = async |way: Way, mut browser: Browser| {
            let reply = way.ask(&mut browser, identifier, PASSWORD).await;
            (way.outcome(&reply), browser)
        };
        let (outcome, _) = sign_in(way, scene.dressed(way, home.clone())).await;
        assert_eq!(outcome, Outcome::Done, "{way:?}");
        for stranger in ways.iter().cycle().take(12) {
            scene.try_sign_in(*stranger, identifier, WRONG).await;
        }
        for other in ways {
            let outcome = scene.try_sign_in(*other, identifier, PASSWORD).await;
            assert_eq!(outcome, Outcome::TooMany, "{way:?} {other:?}");
            let (outcome, _) = sign_in(*other, scene.dressed(*other, home.clone())).await;
            assert_eq!(outcome, Outcome::Done, "{way:?} {other:?}");
        }
        // And anywhere else within 15 minutes, although they go on all the while.
        for _ in 0..2 {
            scene.clock.advance(7 * MINUTE);
            assert_eq!(
                scene.try_sign_in(way, identifier, WRONG).await,
                Outcome::TooMany,
                "{way:?}"
            );
        }
        scene.clock.advance(MINUTE);
        let outcome = scene.try_sign_in(way, identifier, PASSWORD).await;
        assert_eq!(outcome, Outcome::Done, "{way:?}");
    }
    // Who is at home changes the password and deletes the account, too.
    for way in Check::CHANGES {
        let scene = Scene::set().await;
        scene.join().await;
        let mut home = scene.visitor(way);
        let reply = way.ask(&mut home, EMAIL, PASSWORD).await;
        let token = way.token(&reply).unwrap();
        if way == Way::ClientApp {
            home = home.header("authorization", &format!("bearer {token}"));
        }
        for _ in 0..11 {
            scene.try_sign_in(way, EMAIL, WRONG).await;
        }
        let changed = Check::Change(way).ask(&mut home, EMAIL, PASSWORD).await;
        assert_eq!(Check::Change(way).outcome(&changed), Outcome::Done, "{way:?}");
        let deleted = Check::Delete.ask(&mut home, EMAIL, OTHER).await;
        assert_eq!(Check::Delete.outcome(&deleted), Outcome::Done, "{way:?}");
        assert_eq!(scene.audited().await, 0);
    }
}
