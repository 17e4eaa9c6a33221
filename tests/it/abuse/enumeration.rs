//! Finding out who has an account.

use serde_json::{Value, json};

use super::{
    guessing::{WRONG, retry_after},
    scene::{EMAIL, HOUR, MINUTE, OTHER, Outcome, PHONE, Scene, USERNAME, WINDOW, Way},
};
use crate::{
    email, phone,
    support::{Browser, PASSWORD, Reply, Seen, cookie_error, create, register, users_error},
};

async fn see(scene: &Scene, way: Way, identifier: &str, password: &str) -> Seen {
    let mut browser = scene.visitor(way);
    Seen::of(scene, way.ask(&mut browser, identifier, password)).await.0
}

/// Two guesses, and a third that is too many. What others have guessed is forgotten.
async fn guess(scene: &Scene, way: Way, identifier: &str, password: &str) -> [Seen; 3] {
    scene.clock.advance(WINDOW);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(see(scene, way, identifier, password).await);
    }
    seen.try_into().unwrap()
}

const TWO_GUESSES: (&str, &str) = ("LIMIT_GUESSES_PER_ACCOUNT", "2");

/// The ways whose contract tells nobody whether there is an account, in these words or in any.
fn silent(replies: &str) -> Vec<Way> {
    if replies == "uniform" {
        return [Way::BY_EMAIL.as_slice(), &Way::BY_PHONE].concat();
    }
    vec![Way::ApiKey, Way::Cookie, Way::Web, Way::ClientApp]
}

#[tokio::test]
async fn a22_nobody_is_refused_like_somebody_with_a_wrong_password() {
    for replies in ["documented", "uniform"] {
        let scene = Scene::with(&[("REPLIES", replies), TWO_GUESSES]).await;
        scene.join_both().await;
        for (way, somebody) in Way::all().chain([(Way::Cookie, USERNAME)]) {
            let nobodies: &[&str] = match somebody {
                EMAIL => &["nobody@example.com", "victim@example.org"],
                PHONE => &["+8613900139000", "13700137000"],
                _ => &["nobody.one", "victim.two"],
            };
            let known = guess(&scene, way, somebody, WRONG).await;
            assert_eq!(known.each_ref().map(|seen| seen.hashes), [1, 1, 0], "{way:?}");
            assert_eq!(known[2].status, 429, "{way:?}");
            for nobody in nobodies {
                for password in [WRONG, PASSWORD] {
                    let mut unknown = guess(&scene, way, nobody, password).await;
                    if !silent(replies).contains(&way) {
                        // These documents have words for it, and nothing else tells.
                        for (one, other) in unknown.iter_mut().zip(&known).take(2) {
                            assert_ne!(one.body, other.body, "{way:?}");
                            one.body.clone_from(&other.body);
                            one.headers = other.headers.clone();
                        }
                    }
                    assert_eq!(unknown, known, "{replies} {way:?} {nobody}");
                }
            }
            assert_eq!(scene.stored("credential#").await, 0);
        }
    }
}

/// Makes accounts that cannot be signed in to, and registrations that are none, each with
/// identifiers that are named or numbered after the reason.
async fn make_reasons(scene: &Scene) -> Vec<(&'static str, String, String)> {
    let mut made = Vec::new();
    for (number, reason) in
        (0..).zip(["wrong", "banned", "passwordless", "old-hash", "deleted", "pending"])
    {
        let (email, phone) = (format!("{reason}@example.com"), phone::number(number));
        if reason == "pending" {
            email::register(scene.app(), &email, PASSWORD).await;
            phone::fresh_code(scene.app(), &phone).await;
        } else {
            let ids = [
                create(&mut scene.browser(), &email).await.id(),
                phone::join(scene.app(), &phone).await,
            ];
            for id in ids {
                let account = phone::account(id);
                match reason {
                    "banned" => scene.directory.ban(account).await.unwrap(),
                    // As an account has it that was made by an identity alone.
                    "passwordless" => scene.forget(id, "password").await,
                    "old-hash" => {
                        let hash = scene.recorded(id, "password").await.unwrap();
                        let cheap = hash.replace("m=19456", "m=8192");
                        assert_ne!(cheap, hash);
                        scene.record(id, "password", &cheap).await;
                    }
                    "deleted" => scene.directory.delete_account(account).await.unwrap(),
                    _ => {}
                }
            }
        }
        made.push((reason, email, phone));
    }
    made
}

#[tokio::test]
async fn a23_whatever_keeps_an_account_from_being_signed_in_to_is_told_to_no_guess() {
    for replies in ["documented", "uniform"] {
        let scene = Scene::with(&[("REPLIES", replies), TWO_GUESSES]).await;
        let reasons = make_reasons(&scene).await;
        for way in silent(replies) {
            let by_phone = Way::BY_PHONE.contains(&way);
            let identifier = |(_, email, phone): &(_, String, String)| {
                if by_phone { phone.clone() } else { email.clone() }
            };
            let wrong = guess(&scene, way, &identifier(&reasons[0]), WRONG).await;
            assert_eq!(wrong.each_ref().map(|seen| seen.hashes), [1, 1, 0], "{way:?}");
            for reason in &reasons[1..] {
                for password in [WRONG, PASSWORD] {
                    // Banned is told to the right password, by the contracts that tell.
                    if (reason.0, password) == ("banned", PASSWORD) {
                        continue;
                    }
                    let other = guess(&scene, way, &identifier(reason), password).await;
                    assert_eq!(other, wrong, "{replies} {way:?} {} {password}", reason.0);
                }
            }
        }
        // And where the documents tell more, they tell it of no account that is there.
        for way in Way::BY_EMAIL.into_iter().chain(Way::BY_PHONE) {
            scene.clock.advance(WINDOW);
            let (_, email, phone) = &reasons[1];
            let banned = if Way::BY_PHONE.contains(&way) { phone } else { email };
            let outcome = scene.try_sign_in(way, banned, WRONG).await;
            assert_eq!(outcome, Outcome::Refused, "{way:?}");
            let told = if way == Way::ApiKey { Outcome::Refused } else { Outcome::Banned };
            assert_eq!(scene.try_sign_in(way, banned, PASSWORD).await, told, "{way:?}");
        }
        assert_eq!(scene.stored("credential#").await, 0);
    }
}

/// A request whose reply reveals that somebody has an identifier.
#[derive(Clone, Copy, Debug)]
enum Telling {
    Username,
    SignUp(Way),
    Change,
    Email,
    Phone,
}

impl Telling {
    const ALL: [Self; 8] = [
        Self::Username,
        Self::SignUp(Way::Cookie),
        Self::SignUp(Way::Users),
        Self::SignUp(Way::Web),
        Self::SignUp(Way::ClientApp),
        Self::Change,
        Self::Email,
        Self::Phone,
    ];

    const fn way(self) -> Way {
        match self {
            Self::SignUp(way) => way,
            _ => Way::Cookie,
        }
    }

    async fn ask(self, browser: &mut Browser) -> Reply {
        match self {
            Self::Username | Self::SignUp(Way::Cookie) => {
                let username = if matches!(self, Self::Username) { USERNAME } else { "newcomer" };
                let email = if username == USERNAME { "new@example.com" } else { EMAIL };
                let body = json!({ "username": username, "password": PASSWORD, "email": email });
                browser.post("/api/v1/user/register/", body).await
            }
            Self::SignUp(Way::Users) => {
                let user = json!({
                    "name": "Eve", "email": EMAIL,
                    "password": PASSWORD, "password_confirm": PASSWORD,
                });
                browser.post("/users", json!({ "user": user })).await
            }
            Self::SignUp(_) => {
                let body = json!({ "username": EMAIL, "password": PASSWORD });
                browser.post("/api/user/signup", body).await
            }
            Self::Change => browser.patch("/users", json!({ "user": { "email": EMAIL } })).await,
            Self::Email => browser.post("/email/users", email::credentials(EMAIL, PASSWORD)).await,
            Self::Phone => phone::register(browser, PHONE, "123456").await,
        }
    }

    /// What it is told.
    fn told(self) -> Value {
        let used = "This email address has used.";
        match self {
            Self::Username => cookie_error(105, "username taken"),
            Self::SignUp(Way::Cookie) => cookie_error(106, "email taken"),
            Self::SignUp(Way::Users) => users_error("POST", "/users", 1, used),
            Self::SignUp(_) => json!({ "message": "user with this username already existed" }),
            Self::Change => users_error("PATCH", "/users", 1, used),
            Self::Email => email::taken(),
            Self::Phone => json!({ "content": null, "state": 402, "msg": "phone has exist" }),
        }
    }
}

#[tokio::test]
async fn a24_that_an_identifier_is_taken_is_told_a_few_times_or_not_at_all() {
    let limits = [("LIMIT_DISCLOSURES_PER_ADDRESS", "3"), ("LIMIT_DISCLOSURES_PER_TENANT", "3")];
    for telling in Telling::ALL {
        let scene = Scene::with(&limits).await;
        email::join(scene.app(), EMAIL).await;
        scene.join_by_phone().await;
        register(&mut scene.browser(), USERNAME, "namesake@example.com").await.id();
        create(&mut scene.browser(), "eve@example.com").await.id();
        let eve = scene.sign_in(Way::Users, "eve@example.com").await;
        let accounts = scene.audited().await;
        scene.clock.advance(HOUR);

        let eve = scene.browser().cookie("_session", &eve.token);
        let mut browser = scene.dressed(telling.way(), eve.clone());
        for _ in 0..3 {
            let reply = telling.ask(&mut browser).await;
            assert_eq!((reply.json(), reply.cookies()), (telling.told(), Vec::new()));
        }
        // Then by nothing else either; but what a tenant asks counts for the tenant.
        let is_of_tenant = |telling: Telling| telling.way() == Way::ClientApp;
        for other in Telling::ALL {
            if is_of_tenant(other) == is_of_tenant(telling) {
                let mut browser = scene.dressed(other.way(), eve.clone());
                let reply = other.ask(&mut browser).await;
                assert_eq!(reply.status, 429, "{telling:?} {other:?} {reply}");
                assert_eq!(retry_after(&reply), HOUR, "{telling:?} {other:?}");
                assert!(!reply.text.contains("taken") && !reply.text.contains("exist"));
            }
        }
        assert_eq!(scene.audited().await, accounts, "{telling:?}");
    }

    // Where nothing has to be handed out, uniform replies do not tell at all.
    let scene = Scene::unguarded_with(&[("REPLIES", "uniform")]).await;
    email::join(scene.app(), EMAIL).await;
    create(&mut scene.browser(), "unproven@example.com").await.id();
    scene.clock.advance(MINUTE);
    let ask = async |email: &str| {
        scene.meter.take();
        let hashes = scene.hashes();
        let reply = scene.post("/email/users", email::credentials(email, OTHER)).await;
        let mut calls = scene.meter.take().operations;
        calls.sort();
        (reply.status, reply.headers, reply.text, calls, scene.hashes_since(hashes))
    };
    for _ in 0..2 {
        // The second time it is too soon for another mail, whoever has the address.
        let free = ask("free@example.com").await;
        assert_eq!(ask(EMAIL).await, free);
        assert_eq!(ask("unproven@example.com").await, free);
    }
    let mail = &email::mails(scene.app(), EMAIL)[0];
    assert_eq!(mail.subject.as_deref(), Some("You already have an Atrium account"));
    assert_eq!(mail.links, Vec::<String>::new());
    assert!(scene.opens(EMAIL, PASSWORD).await && !scene.opens(EMAIL, OTHER).await);
    assert_eq!(scene.audited().await, 2);
}

#[tokio::test]
async fn a25_nothing_tells_whether_somebody_has_an_identifier_but_what_the_documents_say() {
    let scene = Scene::set().await;
    let id = scene.join().await;
    scene.join_by_phone().await;
    scene.clock.advance(MINUTE);
    // A profile is found by its id, which nobody can guess, and by nothing else.
    assert_eq!(scene.get(&format!("/users/{id}")).await.json()["user"]["name"], USERNAME);
    let gone = create(&mut scene.browser(), "gone@example.com").await.id();
    scene.directory.delete_account(phone::account(gone)).await.unwrap();
    for path in [gone.to_string(), "5421390009668871".to_owned(), "1".to_owned()].iter().chain([
        &USERNAME.to_owned(),
        &EMAIL.to_owned(),
        &PHONE.to_owned(),
        &"nobody.one".to_owned(),
    ]) {
        let url = format!("/users/{path}");
        let reply = scene.get(&url).await;
        reply.is(404, users_error("GET", &url, 0, "There is not this user."));
    }
    // No endpoint says whether a name is free.
    let ids = [(EMAIL, "nobody@example.com"), (USERNAME, "nobody.one"), (PHONE, "+8613900139000")];
    for (taken, free) in ids {
        for path in [
            "/api/v1/user/register/?username=",
            "/api/v1/user/exists?username=",
            "/users?email=",
            "/user/signin?email=",
            "/api/user/signup?username=",
            "/email/users?email=",
            "/phone/users?phone=",
            "/phone/users?username=",
        ] {
            let url = |identifier: &str| format!("{path}{}", phone::encoded(identifier));
            let (one, other) = (scene.get(&url(taken)).await, scene.get(&url(free)).await);
            assert!([404, 405].contains(&one.status.as_u16()), "{path} {one}");
            let texts = [&one.text, &other.text];
            assert_eq!((one.status, one.headers), (other.status, other.headers), "{path}");
            assert_eq!(texts[0], texts[1], "{path}");
        }
    }
    // A code is sent to a number that has an account as to any other.
    let mut seen = Vec::new();
    for phone in [PHONE, "+8613900139000"] {
        for _ in 0..2 {
            scene.meter.take();
            let reply = phone::ask(&mut scene.browser(), phone).await;
            let calls = scene.meter.take().operations;
            seen.push((reply.status, reply.headers, reply.text, calls));
        }
        assert_eq!(phone::texts_to(scene.app(), phone)[0].code.as_ref().unwrap().len(), 6);
    }
    let (known, unknown) = seen.split_at(2);
    assert_eq!(known, unknown);
    assert_eq!(known[0].2, r#"{"state":200,"msg":"success"}"#);
    assert_eq!(known[1].2, r#"{"state":402,"msg":"send too frequently"}"#);
}
