//! Tenants' tokens, on the token alone.

use data_encoding::BASE64URL_NOPAD;
use local::SIGNING_KEYS_SECRET;
use shared::{
    credential::Token,
    identifier::TenantId,
    signed_token::{Claims, SignedTokens, SigningKeys},
};

use super::{Member, Slot, answer, ask, event, refused};
use crate::support::{TestApp, jwt::claims};

/// What signs tokens by the keys that the product has now.
fn signer(app: &TestApp) -> SignedTokens {
    app.signing().signed_tokens().unwrap().clone()
}

#[tokio::test]
async fn a_good_signature_is_not_enough() {
    let app = TestApp::new().await;
    let (ann, bob) = (Member::join(&app, "ann").await, Member::join(&app, "bob").await);
    let signer = signer(&app);
    let said = claims(&ann.token);
    let same = signer.sign(&said).await.unwrap();
    assert_eq!(ask(&app, &[(Slot::Bearer, &same)]).await, ann.authorized(Slot::Bearer));
    let nobody = TenantId::parse("nobody").unwrap();
    let key = Token::parse(&ann.api_key).unwrap();
    let web = Token::parse(ann.credential(Slot::Web)).unwrap();
    for (case, claims) in [
        ("another account", Claims { account: bob.id, ..said.clone() }),
        ("another tenant", Claims { tenant: bob.tenant.clone(), ..said.clone() }),
        ("no tenant", Claims { tenant: nobody, ..said.clone() }),
        ("an API key", Claims { token: key, ..said.clone() }),
        ("a session", Claims { token: web, ..said.clone() }),
        ("none", Claims { token: Token::random(said.account).unwrap(), ..said.clone() }),
        ("a second more", Claims { expires: said.expires + 1, ..said.clone() }),
        ("another beginning", Claims { issued: said.issued - 1, ..said.clone() }),
    ] {
        let token = signer.sign(&claims).await.unwrap();
        assert_eq!(ask(&app, &[(Slot::Bearer, &token)]).await, refused(), "{case}");
        // It takes nothing from what is live beside it.
        let presented = [(Slot::Bearer, token.as_str()), (Slot::ApiKey, &ann.api_key)];
        assert_eq!(ask(&app, &presented).await, ann.authorized(Slot::ApiKey), "{case}");
    }
}

#[tokio::test]
async fn an_altered_token_is_none() {
    let app = TestApp::new().await;
    let (ann, bob) = (Member::join(&app, "ann").await, Member::join(&app, "bob").await);
    let [header, claims, signature] = ann.token.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    let others = bob.token.split('.').nth(1).unwrap();
    let none = BASE64URL_NOPAD.encode(br#"{"typ":"JWT","alg":"none"}"#);
    for text in [
        format!("{header}.{others}.{signature}"),
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        format!("{header}.{claims}.{}", signature.chars().rev().collect::<String>()),
        format!("{} {}", ann.token, ann.token),
    ] {
        assert_eq!(ask(&app, &[(Slot::Bearer, &text)]).await, refused(), "{text}");
    }
    let mut basic = event(&[]);
    basic["headers"]["authorization"] = format!("basic {}", ann.token).into();
    assert_eq!(answer(&app, basic).await, refused());
    ann.is_signed_in_at(&app, &Slot::ALL).await;
}

#[tokio::test]
async fn a_foreign_keys_token_is_none() {
    let app = TestApp::new().await;
    let ann = Member::join(&app, "ann").await;
    let ours = app.secrets.value(SIGNING_KEYS_SECRET).unwrap();
    let foreign = SigningKeys::generate(app.clock.now()).unwrap().to_secret().unwrap();
    app.secrets.set(SIGNING_KEYS_SECRET, &foreign);
    let forged = signer(&app).sign(&claims(&ann.token)).await.unwrap();
    // With that key it would be one.
    assert_eq!(ask(&app, &[(Slot::Bearer, &forged)]).await, ann.authorized(Slot::Bearer));
    app.secrets.set(SIGNING_KEYS_SECRET, &ours);
    assert_eq!(ask(&app, &[(Slot::Bearer, &forged)]).await, refused());
    ann.is_signed_in_at(&app, &Slot::ALL).await;
}

#[tokio::test]
async fn the_tenants_header_is_not_looked_at() {
    let app = TestApp::new().await;
    let ann = Member::join(&app, "ann").await;
    let mut event = event(&[(Slot::Bearer, &ann.token)]);
    event["headers"]["starcedu-tenant-authorization"] = "basic eDp5".into();
    assert_eq!(answer(&app, event).await, ann.authorized(Slot::Bearer));
}
