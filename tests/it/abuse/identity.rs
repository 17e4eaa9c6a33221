//! Whose identifier it is: accounts that are to be one, and accounts that lie in wait.

use futures::FutureExt as _;
use serde_json::json;

use super::scene::{EMAIL, MINUTE, OTHER, Outcome, PHONE, Scene, Session, USERNAME, Way};
use crate::{
    email,
    phone::{self, spellings},
    races::{self, happening, sign_up::EMAILS, until_after},
    support::{
        Browser, Door, PASSWORD, SignIn, SignUp, at_once, cookie_error, create, enrol, register,
    },
    tenant,
};

/// Someone who wants an account, with a password of their own.
#[derive(Clone)]
struct Applicant {
    /// By which the account is made at once; or by a link in a mail.
    way: Option<Way>,
    /// Who asks, or where the link leads.
    browser: Browser,
    link: String,
    number: usize,
}

impl Applicant {
    fn password(&self) -> String {
        format!("k9#Lw2!pQz{}", self.number)
    }

    async fn sign_up(mut self) -> bool {
        let email = EMAILS[self.number % EMAILS.len()];
        let (name, password) = (format!("Applicant-{}", self.number), self.password());
        let reply = match self.way {
            Some(Way::Cookie) => {
                let body = json!({ "username": name, "password": password, "email": email });
                self.browser.post("/api/v1/user/register/", body).await
            }
            Some(Way::Users) => {
                let user = json!({
                    "name": name, "email": email,
                    "password": password, "password_confirm": password,
                });
                self.browser.post("/users", json!({ "user": user })).await
            }
            Some(_) => {
                let body = json!({ "username": email, "password": password });
                self.browser.post("/api/user/signup", body).await
            }
            None => self.browser.get(&self.link).await,
        };
        let body = reply.json();
        let refusals = [
            cookie_error(106, "email taken"),
            crate::support::users_error("POST", "/users", 1, "This email address has used."),
            json!({ "message": "user with this username already existed" }),
            email::taken(),
        ];
        if refusals.contains(&body) {
            assert_eq!(reply.cookies(), []);
            return false;
        }
        assert_eq!(reply.status, 200, "{reply}");
        true
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a01_a_crowd_that_signs_up_with_one_address_makes_one_account() {
    let scene = Scene::unguarded().await;
    let mut applicants = Vec::new();
    for number in 0..100 {
        let way = [
            Some(Way::Cookie),
            Some(Way::Users),
            Some(Way::Web),
            Some(Way::ClientApp),
            if number % 10 == 4 { None } else { Some(Way::Users) },
        ][number % 5];
        let mut applicant = Applicant {
            way,
            browser: scene.visitor(way.unwrap_or(Way::Email)),
            link: String::new(),
            number,
        };
        if way.is_none() {
            let fields = email::credentials(EMAILS[number % EMAILS.len()], &applicant.password());
            scene.post("/email/users", fields).await.is(200, email::success());
            applicant.link = email::Mailed::of(&scene.outbox.messages()[0]).open;
            scene.clock.advance(MINUTE);
        }
        applicants.push(applicant);
    }
    assert_eq!(scene.audited().await, 0);
    let outcomes = at_once(applicants.iter().cloned().map(Applicant::sign_up)).await;
    let winners: Vec<_> = applicants.iter().zip(&outcomes).filter(|it| *it.1).collect();
    let [(winner, _)] = winners[..] else { panic!("{outcomes:?}") };

    // Of the others there is nothing, not even a part.
    assert_eq!(scene.audited().await, 1);
    let identifiers = if winner.way == Some(Way::Cookie) { 2 } else { 1 };
    let tenants = 1;
    assert_eq!(scene.dump("accounts").await.len(), 1 + identifiers + tenants);
    // The contract `tenant` signs whoever signs up in, from an address that is known by then.
    let signed_in = usize::from(matches!(winner.way, Some(Way::Web | Way::ClientApp)));
    assert_eq!(scene.stored("credential#").await, signed_in);
    assert_eq!(scene.stored("known#").await, 2 * signed_in);

    // And what there is, is the winner's.
    let loser = &applicants[(winner.number + 1) % applicants.len()];
    for (way, email) in Way::BY_EMAIL.into_iter().zip(EMAILS.into_iter().cycle()) {
        // In a query there is no space around an address.
        let email = email.trim();
        let found = scene.try_sign_in(way, email, &winner.password()).await;
        assert_eq!(found, Outcome::Done, "{way:?}");
        let found = scene.try_sign_in(way, email, &loser.password()).await;
        assert_eq!(found, Outcome::Refused, "{way:?}");
    }
}

/// Whether a spelling is the same identifier or none, as far as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    Same,
    None,
    Either,
}

#[tokio::test]
async fn a02_an_address_is_one_however_it_is_spelled_and_mail_goes_to_the_stored_one() {
    use Spelling::{Either, None, Same};
    let scene = Scene::unguarded().await;
    register(&mut scene.browser(), "kelvin-273", "kim@bücher.example").await.id();
    create(&mut scene.browser(), "eve@example.com").await.id();
    let eve = scene.sign_in(Way::Users, "eve@example.com").await;
    for (case, email, expected) in [
        ("as it was", "kim@bücher.example", Same),
        ("capitals before the @", "KIM@bücher.example", Same),
        ("capitals after the @", "kim@BÜCHER.Example", Same),
        ("in ASCII", "kim@xn--bcher-kva.example", Same),
        ("in ASCII capitals", "kim@XN--BCHER-KVA.EXAMPLE", Same),
        ("with a decomposed umlaut", "kim@bu\u{308}cher.example", Same),
        ("with spaces around", "  kim@bücher.example ", Same),
        ("with a line end after it", "kim@bücher.example\r\n", Same),
        ("with spaces of other scripts around", "\u{3000}kim@bücher.example\u{a0}", Either),
        ("with a full-width domain", "kim@ｂüｃｈｅｒ.ｅｘａｍｐｌｅ", Same),
        ("with an ideographic full stop", "kim@bücher。example", Same),
        ("with a zero-width space in the domain", "kim@bü\u{200b}cher.example", Either),
        ("with a soft hyphen in the domain", "kim@bücher\u{ad}.example", Either),
        ("with a trailing dot", "kim@bücher.example.", None),
        ("with the Kelvin sign", "\u{212a}im@bücher.example", None),
        ("with a dotless i", "k\u{131}m@bücher.example", None),
        ("with a dotted capital I", "K\u{130}M@bücher.example", None),
        ("with a full-width letter before the @", "\u{ff4b}im@bücher.example", None),
        ("with a full-width @", "kim\u{ff20}bücher.example", None),
        ("with a zero-width space before the @", "kim\u{200b}@bücher.example", None),
        ("with a zero-width space after it", "kim@bücher.example\u{200b}", Either),
        ("with a byte order mark before it", "\u{feff}kim@bücher.example", None),
        ("with a right-to-left mark", "kim\u{200f}@bücher.example", None),
        ("with a space inside", "kim @bücher.example", None),
        ("with a comment", "kim(work)@bücher.example", None),
        ("in quotes", "\"kim\"@bücher.example", None),
        ("in angle brackets", "<kim@bücher.example>", None),
        ("twice", "kim@bücher.example,kim@bücher.example", None),
        ("with NUL", "kim@bücher.example\0", None),
        ("with the label in ASCII of an ASCII label", "kim@xn--example-.example", None),
    ] {
        let mut told = Vec::new();
        for way in Way::SIGN_UPS {
            told.push(scene.sign_up(way, email).await);
        }
        let change = json!({ "user": { "email": email } });
        let reply = eve.browser(&scene).patch("/users", change).await;
        told.push(match reply.json()["error"]["code"].as_u64() {
            Some(1) => SignUp::EmailTaken,
            Some(0) => SignUp::Invalid,
            _ => panic!("{case}: {reply}"),
        });
        let spelling = match told[0] {
            SignUp::EmailTaken => Same,
            _ => None,
        };
        assert!(told.iter().all(|it| *it == told[0] && !matches!(it, SignUp::Done(_))), "{case}");
        assert!(expected == Either || spelling == expected, "{case}: {spelling:?}");

        scene.outbox.clear();
        let reply = scene.post("/email/users", email::credentials(email, OTHER)).await;
        let messages = scene.outbox.messages();
        if spelling == Same {
            reply.is(200, email::success());
            let [mail] = &messages[..] else { panic!("{case}: {messages:?}") };
            assert_eq!(mail.to, "kim@xn--bcher-kva.example", "{case}");
            scene.clock.advance(MINUTE);
        } else {
            reply.is(200, email::body(400, "email invalid"));
            assert_eq!(messages, [], "{case}");
        }

        for way in Way::BY_EMAIL {
            // In a query an address with a space is none.
            let spaced = way == Way::Email && email.contains(char::is_whitespace);
            let same = spelling == Same && !spaced;
            let found = scene.try_sign_in(way, email, PASSWORD).await;
            let expected = if same { Outcome::Done } else { Outcome::Refused };
            assert_eq!(found, expected, "{case}: {way:?}");
        }
    }
    assert_eq!(scene.audited().await, 2);
}

#[tokio::test]
async fn a03_a_number_is_one_however_it_is_spelled_or_it_is_none() {
    let scene = Scene::unguarded_with(&[("SMS_INTERVAL_SECONDS", "1")]).await;
    let fields = |phone: &str| phone::credentials(phone, PASSWORD);
    // None first: nothing is sent, counted, stored or hashed for what is no number.
    let (long, longer) = ("1".repeat(10_000), "+86".repeat(20_000));
    for phone in spellings::NONE.into_iter().chain([long.as_str(), &longer]) {
        let body = json!({ "phone": phone, "password": PASSWORD, "code": "123456" });
        phone::says(&scene.post(phone::USERS, body).await, 404, "phone invalid", phone);
        let reply = scene.post(phone::TOKEN, fields(phone)).await;
        phone::says(&reply, 404, "phone not exists", phone);
        let reply = scene.delete(phone::TOKEN, json!({ "phone": phone })).await;
        phone::says(&reply, 404, "phone not exists", phone);
        if phone.len() < 1000 {
            let reply = phone::ask(&mut scene.browser(), phone).await;
            phone::says(&reply, 404, "phone invalid", phone);
            let found = scene.try_sign_in(Way::Phone, phone, PASSWORD).await;
            assert_eq!(found, Outcome::Refused, "{phone}");
        }
    }
    assert_eq!((scene.outbox.messages(), scene.hashes()), (Vec::new(), 0));
    assert!(scene.dump("tokens").await.is_empty());

    let spellings = spellings::DENSE.into_iter().chain(spellings::SPACED);
    for phone in spellings.clone() {
        let code = phone::fresh_code(scene.app(), PHONE).await;
        let id = phone::id_of(&phone::register(&mut scene.browser(), phone, &code).await, PHONE);
        for again in spellings.clone() {
            let taken = phone::register(&mut scene.browser(), again, &code).await;
            taken.is(200, json!({ "content": null, "state": 402, "msg": "phone has exist" }));
        }
        let session = scene.sign_in(Way::PhonePost, PHONE).await;
        let found = scene.try_sign_in(Way::PhonePost, phone, PASSWORD).await;
        assert_eq!(found, Outcome::Done, "{phone}");
        session.browser(&scene).delete(phone::TOKEN, json!({ "phone": phone })).await;
        assert!(!session.is_live(&scene).await, "{phone}");
        assert_eq!(scene.audited().await, 1, "{phone}");
        scene.directory.delete_account(phone::account(id)).await.unwrap();
        scene.clock.advance(MINUTE);
    }
}

#[tokio::test]
async fn a04_nobody_takes_anothers_address_number_or_id_as_a_username() {
    let scene = Scene::unguarded().await;
    let victim = create(&mut scene.browser(), "a@ab.example").await.id();
    scene.join_by_phone().await;
    for username in [
        "a@ab.example",
        "A@AB.EXAMPLE",
        "a＠ab.example",
        "a\u{fe6b}ab.example",
        PHONE,
        "+86 138 0013 8000",
        "＋8613800138000",
    ] {
        let body = json!({ "username": username, "password": PASSWORD, "email": "b@ab.example" });
        let reply = scene.post("/api/v1/user/register/", body).await;
        reply.is(200, cookie_error(103, "invalid parameters"));
    }
    // What is left of them without the sign is another's to take, and nobody else's identifier.
    let mut made = vec![victim];
    for username in ["a.ab.example", "13800138000", "8613800138000", &format!("{victim:0>8}")] {
        let email = format!("{username}@example.org");
        let id = register(&mut scene.browser(), username, &email).await.id();
        assert!(!made.contains(&id), "{username}");
        made.push(id);
        let found = Door::Cookie.sign_in(&mut scene.browser(), username, PASSWORD).await;
        assert_eq!(found, SignIn::Done(id), "{username}");
        scene.import_password(&email, OTHER).await;
    }
    // Each of the victim's identifiers opens the victim's account still, and by its own password.
    assert!(scene.opens("a@ab.example", PASSWORD).await);
    assert!(!scene.opens("a@ab.example", OTHER).await);
    for phone in [PHONE, "13800138000", "8613800138000"] {
        for way in Way::BY_PHONE {
            let of_another = scene.try_sign_in(way, phone, OTHER).await;
            assert_eq!(of_another, Outcome::Refused, "{way:?} {phone}");
        }
    }
    assert_eq!(scene.try_sign_in(Way::Phone, PHONE, PASSWORD).await, Outcome::Done);
    assert_eq!(scene.audited().await, made.len() + 1);
}

#[tokio::test]
async fn a05_a_username_is_one_however_it_is_spelled() {
    use Spelling::{None, Same};
    let scene = Scene::unguarded().await;
    let id = register(&mut scene.browser(), "kiss_1234", "test1234@abc.com").await.id();
    for (number, (case, username, expected)) in [
        ("as it was", "kiss_1234", Same),
        ("in capitals", "KISS_1234", Same),
        ("with spaces around", " kiss_1234 ", Same),
        ("with a line end after it", "kiss_1234\n", Same),
        ("full-width", "ｋｉｓｓ＿１２３４", Same),
        ("full-width capitals", "ＫＩＳＳ＿１２３４", Same),
        ("with the Kelvin sign", "\u{212a}iss_1234", Same),
        ("with a long s", "ki\u{17f}s_1234", Same),
        ("with superscript digits", "kiss_¹²³⁴", Same),
        ("with circled digits", "kiss_①②③④", Same),
        ("with a dotless i", "k\u{131}ss_1234", None),
        ("with a dotted capital I", "K\u{130}SS_1234", None),
        ("with a sharp s", "kiß_1234", None),
        ("with Cyrillic letters", "кiss_1234", None),
        ("with Arabic digits", "kiss_١٢٣٤", None),
        ("with an accent on top", "ki\u{301}ss_1234", None),
        ("with a zero-width space", "kiss_\u{200b}1234", None),
        ("with a zero-width joiner at its end", "kiss_1234\u{200d}", None),
        ("with a byte order mark", "\u{feff}kiss_1234", None),
        ("with NUL at its end", "kiss_1234\0", None),
        ("with a space inside", "kiss _1234", None),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("{number}@example.com");
        let outcome = register(&mut scene.browser(), username, &email).await;
        let (taken, found) = match expected {
            Same => (SignUp::UsernameTaken, SignIn::Done(id)),
            _ => (SignUp::Invalid, SignIn::Refused),
        };
        assert_eq!(outcome, taken, "{case}");
        let outcome = Door::Cookie.sign_in(&mut scene.browser(), username, PASSWORD).await;
        assert_eq!(outcome, found, "{case}");
    }
    // A name is no identifier: at the contract that has names, everybody may have the same.
    for email in ["one@example.com", "two@example.com"] {
        create(&mut scene.browser(), email).await.id();
    }
    assert_eq!(scene.audited().await, 3);
}

/// The ways to hold an address that is not one's own: to sign up with it, and to change to it.
async fn squat(scene: &Scene, way: Option<Way>) -> u64 {
    let Some(way) = way else {
        let id = create(&mut scene.browser(), "eve@example.com").await.id();
        let change = json!({ "user": { "email": EMAIL } });
        let eve = scene.sign_in(Way::Users, "eve@example.com").await;
        assert_eq!(eve.browser(scene).patch("/users", change).await.status, 200);
        return id;
    };
    scene.sign_up(way, EMAIL).await.id()
}

#[tokio::test]
async fn a06_whoever_signed_up_with_anothers_address_is_out_once_its_owner_proves_it() {
    for way in Way::SIGN_UPS.map(Some).into_iter().chain([None]) {
        let scene = Scene::unguarded().await;
        let id = squat(&scene, way).await;
        let squatter = scene.sign_in_everywhere(EMAIL).await;
        let before = scene.account(EMAIL).await;
        assert!(!before.email_verified, "{way:?}");

        // The link alone changes nothing: its opener has to choose a password.
        let mailed = email::register(scene.app(), EMAIL, "sent-with-it").await;
        scene.get(&mailed.open).await.is(200, email::taken());
        scene.post(&mailed.open, json!({})).await.is(200, email::taken());
        assert!(scene.are_live(&squatter).await && scene.opens(EMAIL, PASSWORD).await);
        let reply = email::choose(scene.app(), &mailed.open, OTHER).await;
        email::shows(&reply, 200, email::CHOSEN);
        assert_eq!(reply.cookies(), [], "nobody is signed in by it");

        assert!(!scene.are_live(&squatter).await, "{way:?}");
        assert!(!scene.opens(EMAIL, PASSWORD).await, "{way:?}");
        assert!(!scene.opens(EMAIL, "sent-with-it").await, "{way:?}");
        assert!(scene.opens(EMAIL, OTHER).await, "{way:?}");
        assert!(!scene.opens("eve@example.com", PASSWORD).await, "{way:?}");
        let account = scene.account(EMAIL).await;
        assert_eq!((account.id.number(), account.email_verified), (id, true));
        // The username is gone with whoever chose it.
        let username = before.shown_username().to_owned();
        if way == Some(Way::Cookie) {
            let by_name = Door::Cookie.sign_in(&mut scene.browser(), &username, OTHER).await;
            assert_eq!(by_name, SignIn::Refused);
            register(&mut scene.browser(), &username, "new@example.com").await.id();
        }
        scene.audited().await;
    }
}

#[tokio::test]
async fn a07_a_session_that_was_kept_open_does_not_outlive_the_owners_recovery() {
    for by_link in [true, false] {
        let scene = Scene::unguarded().await;
        let id = scene.join().await;
        let thief = scene.sign_in_everywhere(EMAIL).await;
        assert!(scene.are_live(&thief).await);
        let password = if by_link {
            let mailed = email::register(scene.app(), EMAIL, PASSWORD).await;
            let chosen = json!({ "password": OTHER });
            scene.post(&mailed.open, chosen).await.is(200, email::success());
            OTHER
        } else {
            // What the operator does for an owner who calls.
            scene.directory.sign_out_everywhere(phone::account(id)).await.unwrap();
            PASSWORD
        };
        assert!(!scene.are_live(&thief).await, "by a link: {by_link}");
        let change = json!({ "user": { "email": "thief@example.com" } });
        for session in &thief {
            let reply = session.browser(&scene).patch("/users", change.clone()).await;
            assert_eq!(reply.json()["error"]["code"], 2, "{reply}");
        }
        assert!(scene.opens(EMAIL, password).await);
        assert_eq!(scene.audited().await, 1);
    }
}

#[tokio::test]
async fn a08_nothing_that_a_squatter_added_to_an_account_leads_back_into_it() {
    let scene = Scene::unguarded().await;
    let id = scene.join().await;
    let app = scene.app();
    for subject in ["one", "two"] {
        let mut browser = tenant::arrived(app, &tenant::identity(subject)).await;
        let body = json!({ "username": EMAIL, "password": PASSWORD });
        let reply = browser.post("/api/user/signin", body).await;
        assert_eq!(reply.json()["message"], "authenticate and bind successfully");
    }
    let by_identity = tenant::signed_in_by(app, &tenant::identity("one")).await;
    let waits = tenant::arrived(app, &tenant::identity("three")).await;
    // A number cannot be added at all.
    let mut squatter = scene.sign_in(Way::Users, EMAIL).await.browser(&scene);
    let change = json!({ "user": { "name": "Eve", "phone": PHONE, "phone_number": PHONE } });
    assert_eq!(squatter.patch("/users", change).await.status, 200);
    assert_eq!(scene.recorded(id, "phone").await, None);

    let mailed = email::register(app, EMAIL, PASSWORD).await;
    scene.post(&mailed.open, json!({ "password": OTHER })).await.is(200, email::success());

    let session =
        Session { way: Way::Web, identifier: EMAIL, token: by_identity.token.expose().to_owned() };
    assert!(!session.is_live(&scene).await);
    for subject in ["one", "two"] {
        assert_eq!(tenant::bound_to(app, &tenant::identity(subject)).await, None, "{subject}");
    }
    let by_name = Door::Cookie.sign_in(&mut scene.browser(), USERNAME, OTHER).await;
    assert_eq!(by_name, SignIn::Refused);
    // The identity that waits needs the password that was chosen.
    let body = json!({ "username": EMAIL, "password": PASSWORD });
    let reply = waits.clone().post("/api/user/signin", body).await;
    reply.is(400, json!({ "message": "credentials invalid" }));
    let account = scene.account(EMAIL).await;
    assert_eq!((account.id.number(), account.identities.len()), (id, 0));
    assert_eq!(scene.audited().await, 1);

    // The owner can bind the same identity, or any.
    let mut owner = tenant::arrived(app, &tenant::identity("one")).await;
    let body = json!({ "username": EMAIL, "password": OTHER });
    let reply = owner.post("/api/user/signin", body).await;
    assert_eq!(reply.json()["message"], "authenticate and bind successfully");
    assert_eq!(tenant::bound_to(app, &tenant::identity("one")).await, Some(id));
}

#[tokio::test]
async fn a09_a_link_from_before_the_owner_changed_the_password_changes_nothing_after_it() {
    let scene = Scene::unguarded().await;
    let id = scene.join().await;
    // A thief with the session asks for links to addresses of his own and of the account.
    let mut thief = scene.sign_in(Way::Users, EMAIL).await.browser(&scene);
    for email in ["thief@example.com", EMAIL] {
        let reply = thief.post("/email/users", email::credentials(email, "thiefs-Pa55word")).await;
        reply.is(200, email::success());
    }
    let link = |to: &str| email::Mailed::of(&email::mails(scene.app(), to)[0]);
    let (to_thief, to_owner) = (link("thief@example.com"), link(EMAIL));
    scene.clock.advance(MINUTE);
    let recovery = email::register(scene.app(), EMAIL, OTHER).await;
    scene.post(&recovery.open, json!({ "password": OTHER })).await.is(200, email::success());
    let mut owner = scene.sign_in_with(Way::Web, EMAIL, OTHER).await.browser(&scene);
    let change = json!({ "old_password": OTHER, "new_password": "the-0wners-own" });
    let (method, path) = (http::Method::PUT, "/api/user/update_password");
    assert_eq!(owner.send_json(method, path, change).await.status, 200);
    let before = scene.account(EMAIL).await;

    for old in [&to_owner, &recovery] {
        let reply = scene.post(&old.open, json!({ "password": "thiefs-Pa55word" })).await;
        reply.is(200, email::taken());
    }
    scene.get(&to_owner.open).await.is(200, email::taken());
    // "This was not me" withdraws a registration, and no account that it did not make.
    scene.post(&to_owner.not_me, json!({})).await.is(200, email::success());
    // The thief's own address leads to an account of the thief's own.
    scene.get(&to_thief.open).await.is(200, email::success());
    assert!(scene.account("thief@example.com").await.id.number() != id);
    assert!(!scene.opens(EMAIL, "thiefs-Pa55word").await && !scene.opens(EMAIL, OTHER).await);
    assert!(scene.opens(EMAIL, "the-0wners-own").await);
    let after = scene.account(EMAIL).await;
    assert_eq!((after.id.number(), after.epoch, after.version), (id, before.epoch, before.version));
    assert_eq!(scene.audited().await, 2);
}

#[tokio::test]
async fn a10_whoever_comes_after_a_deleted_account_is_someone_else() {
    for way in Way::SIGN_UPS {
        let scene = Scene::unguarded().await;
        let old = scene.join().await;
        let before = scene.sign_in_everywhere(EMAIL).await;
        if way == Way::Users {
            scene.directory.delete_account(phone::account(old)).await.unwrap();
        } else {
            let user = json!({ "user": { "email": EMAIL, "password": PASSWORD } });
            assert_eq!(scene.delete("/users", user).await.status, 200);
        }
        assert!(!scene.are_live(&before).await);
        assert!(!scene.opens(EMAIL, PASSWORD).await);

        let new = scene.sign_up(way, EMAIL).await.id();
        assert_ne!(new, old, "{way:?}");
        assert!(!scene.are_live(&before).await, "{way:?}");
        assert!(scene.opens(EMAIL, PASSWORD).await, "{way:?}");
        let gone = scene.get(&format!("/users/{old}")).await;
        assert_eq!(gone.status, 404, "{gone}");
        register(&mut scene.browser(), USERNAME, "other@example.com").await.id();
        assert_eq!(scene.audited().await, 2);
    }
    // The same by phone, and by a link.
    let scene = Scene::unguarded().await;
    let mailed = email::join(scene.app(), EMAIL).await;
    let old = [scene.account(EMAIL).await.id.number(), scene.join_by_phone().await];
    let before = [scene.sign_in(Way::Email, EMAIL).await, scene.sign_in(Way::Phone, PHONE).await];
    for id in old {
        scene.directory.delete_account(phone::account(id)).await.unwrap();
    }
    scene.get(&mailed.open).await.is(200, email::not_found());
    scene.clock.advance(MINUTE);
    email::join(scene.app(), EMAIL).await;
    let new = [scene.account(EMAIL).await.id.number(), scene.join_by_phone().await];
    assert!(old.iter().all(|id| !new.contains(id)));
    assert!(!scene.are_live(&before).await);
    scene.get(&mailed.open).await.is(200, email::not_found());
    assert_eq!(scene.audited().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a11_an_address_that_is_given_up_while_others_want_it_goes_to_one_of_them() {
    for _ in 0..2 {
        let scene = Scene::unguarded().await;
        let old = scene.join().await;
        let before = scene.sign_in_everywhere(EMAIL).await;
        let (deleting, watched) = happening();
        let mut browser = scene.browser();
        let deletion = async move {
            let outcome = races::delete(&mut browser, EMAIL, PASSWORD).await;
            assert_eq!(outcome, races::Outcome::Done);
            drop(deleting);
            Vec::new()
        };
        let newcomers = [None, None, Some(Way::Users), Some(Way::Web), Some(Way::ClientApp)];
        let newcomers = newcomers.map(|way| {
            let browser = scene.visitor(way.unwrap_or(Way::Cookie));
            until_after(watched.clone(), move || {
                let mut browser = browser.clone();
                async move {
                    match way {
                        None => register(&mut browser, USERNAME, EMAIL).await,
                        Some(Way::Users) => create(&mut browser, EMAIL).await,
                        Some(_) => enrol(&mut browser, EMAIL).await,
                    }
                }
            })
            .boxed()
        });
        let outcomes = at_once(newcomers.into_iter().chain([deletion.boxed()])).await.concat();
        let taken = [SignUp::UsernameTaken, SignUp::EmailTaken];
        let done: Vec<_> = outcomes.iter().filter(|outcome| !taken.contains(outcome)).collect();
        let [SignUp::Done(new)] = done[..] else { panic!("{done:?}") };

        assert_ne!(*new, old);
        assert_eq!(scene.audited().await, 1);
        assert_eq!(scene.account(EMAIL).await.id.number(), *new);
        assert!(scene.opens(EMAIL, PASSWORD).await);
        assert!(!scene.are_live(&before).await);
    }
}
