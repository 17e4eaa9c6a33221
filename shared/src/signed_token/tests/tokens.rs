//! Tokens: ours, and what others make of them.

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    hmac,
    rand::SystemRandom,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use data_encoding::{BASE64, BASE64_MIME, BASE64URL_NOPAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::{Value, json};

use super::{DAY, NOW, STORED, kid, text};
use crate::{
    clock::{Clock, Seconds},
    credential::Token,
    identifier::{AccountId, TenantId},
    secret::{
        Secret,
        stand_in::{Answer, ID, StandIn},
    },
    signed_token::{Claims, SignedTokens},
};

const ISSUER: &str = "https://api.example.com";

const REFUSAL: Answer = Answer::Refusal(400, "DecryptionFailure");

/// Tokens by keys in a secret, of which each was made, and signs, from then on.
struct Issuer {
    manager: StandIn,
    clock: Clock,
    tokens: SignedTokens,
}

impl Issuer {
    fn new(keys: &[(usize, Seconds, Seconds)]) -> Self {
        let manager = StandIn::new(Answer::Value(text(keys)));
        let clock = Clock::fixed(NOW);
        let secret = Secret::new(manager.client(), ID, DAY, clock.clone());
        Self { manager, tokens: SignedTokens::new(secret, ISSUER, clock.clone()), clock }
    }

    fn has(&self, keys: &[(usize, Seconds, Seconds)]) {
        self.manager.answers(Answer::Value(text(keys)));
    }

    async fn verify(&self, token: &str) -> Option<Claims> {
        self.tokens.verify(token, &tenant()).await.unwrap()
    }

    async fn verifies(&self, token: &str) -> bool {
        self.verify(token).await.is_some()
    }
}

fn tenant() -> TenantId {
    TenantId::parse("tenant-a").unwrap()
}

fn claims() -> Claims {
    let account = AccountId::new(65213).unwrap();
    Claims {
        account,
        username: "ann@example.com".to_owned(),
        tenant: tenant(),
        token: Token::parse(&jti()).unwrap(),
        issued: NOW,
        expires: NOW + 14 * DAY,
    }
}

fn jti() -> String {
    format!("{:016x}{}", 65213, "5a".repeat(32))
}

fn header(number: usize) -> Value {
    json!({ "typ": "JWT", "alg": "RS256", "kid": kid(number) })
}

/// Our claims as JSON, but with these values for these names. No value leaves the claim out.
fn claims_with(changes: &[(&str, &str)]) -> String {
    let mut claims: Vec<(&str, String)> = [
        ("id", r#""65213""#.to_owned()),
        ("username", r#""ann@example.com""#.to_owned()),
        ("to", r#""tenant-a""#.to_owned()),
        ("iss", format!("{ISSUER:?}")),
        ("aud", r#""tenant-a""#.to_owned()),
        ("iat", NOW.to_string()),
        ("exp", (NOW + 14 * DAY).to_string()),
        ("jti", format!("{:?}", jti())),
    ]
    .into();
    for &(name, value) in changes {
        match claims.iter_mut().find(|(other, _)| *other == name) {
            Some((_, known)) => value.clone_into(known),
            None => claims.push((name, value.to_owned())),
        }
    }
    let claims = claims.iter().filter(|(_, value)| !value.is_empty());
    let claims: Vec<_> = claims.map(|(name, value)| format!("{name:?}:{value}")).collect();
    format!("{{{}}}", claims.join(","))
}

fn pair(number: usize) -> RsaKeyPair {
    let private_key = STORED[number]["private_key"].as_str().unwrap();
    RsaKeyPair::from_pkcs8(&BASE64.decode(private_key.as_bytes()).unwrap()).unwrap()
}

/// A token with any header and any claims, really signed by one of the keys.
fn signed(number: usize, header: &str, claims: &str) -> String {
    let message = unsigned(header, claims);
    let pair = pair(number);
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
}

fn unsigned(header: &str, claims: &str) -> String {
    let [header, claims] = [header, claims].map(|part| BASE64URL_NOPAD.encode(part.as_bytes()));
    format!("{header}.{claims}")
}

#[tokio::test]
async fn a_token_survives_the_trip_to_the_client_and_back() {
    let issuer = Issuer::new(&[(0, NOW, NOW)]);
    issuer.tokens.ready().await.unwrap();
    let token = issuer.tokens.sign(&claims()).await.unwrap();
    assert!(issuer.verify(&token).await == Some(claims()));
    assert_eq!(issuer.tokens.issuer(), ISSUER);
    assert_eq!(format!("{:?}", claims()), "Claims(..)");
    // The keys are asked for no more than they have to be.
    issuer.clock.advance(299);
    assert!(issuer.verifies(&token).await);
    assert_eq!(issuer.manager.requests(), 1);
}

#[tokio::test]
async fn a_token_says_what_the_contract_has_it_say_and_no_more() {
    let issuer = Issuer::new(&[(0, NOW, NOW)]);
    let token = issuer.tokens.sign(&claims()).await.unwrap();
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, _signature] = parts.as_slice() else { panic!("{token}") };
    let decode =
        |part: &str| String::from_utf8(BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap();
    let expected = format!(r#"{{"typ":"JWT","alg":"RS256","kid":"{}"}}"#, kid(0));
    assert_eq!(decode(header), expected);
    assert_eq!(decode(claims), claims_with(&[]));
}

#[tokio::test]
async fn others_verify_a_token_by_what_is_published() {
    let issuer = Issuer::new(&[(0, NOW, NOW), (1, NOW, NOW)]);
    let token = issuer.tokens.sign(&claims()).await.unwrap();
    let keys: JwkSet = serde_json::from_value(issuer.tokens.jwks().await.unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    // It looks at the system's clock.
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[tenant()]);
    let decode = |number| {
        let key = DecodingKey::from_jwk(keys.find(kid(number)).unwrap()).unwrap();
        jsonwebtoken::decode::<Value>(&token, &key, &validation)
    };
    let data = decode(1).unwrap();
    assert_eq!(data.header.kid.as_deref(), Some(kid(1)));
    assert_eq!(data.claims, serde_json::from_str::<Value>(&claims_with(&[])).unwrap());
    decode(0).unwrap_err();
}

#[tokio::test]
async fn a_token_ends_to_the_second() {
    let issuer = Issuer::new(&[(0, NOW, NOW)]);
    let token = issuer.tokens.sign(&claims()).await.unwrap();
    issuer.clock.advance(14 * DAY - 1);
    assert!(issuer.verifies(&token).await);
    issuer.clock.advance(1);
    assert!(!issuer.verifies(&token).await);
}

#[tokio::test]
async fn only_a_header_of_our_form_is_read() {
    let issuer = Issuer::new(&[(0, NOW, NOW)]);
    let token = |header: &str| signed(0, header, &claims_with(&[]));
    assert!(issuer.verifies(&token(&header(0).to_string())).await);
    let with = |name: &str, value: Value| {
        let mut header = header(0);
        header[name] = value;
        header
    };
    let jwk = issuer.tokens.jwks().await.unwrap()["keys"][0].clone();
    let url = "https://attacker.example/keys.json";
    for header in [
        with("alg", "none".into()),
        with("alg", "None".into()),
        with("alg", "".into()),
        with("alg", "HS256".into()),
        with("alg", "RS384".into()),
        with("alg", "PS256".into()),
        with("alg", "rs256".into()),
        with("alg", json!(["RS256"])),
        with("alg", Value::Null),
        with("typ", "jwt".into()),
        with("typ", "at+jwt".into()),
        with("typ", "".into()),
        with("typ", Value::Null),
        with("jku", url.into()),
        with("jwk", jwk),
        with("x5u", url.into()),
        with("x5c", json!(["MIIB"])),
        with("x5t", "".into()),
        with("crit", json!(["exp"])),
        with("crit", json!([])),
        with("b64", false.into()),
        with("cty", "JWT".into()),
        with("zip", "DEF".into()),
        with("nonce", "".into()),
        json!({ "typ": "JWT", "alg": "RS256" }),
        json!({ "alg": "RS256", "kid": kid(0) }),
        json!({ "typ": "JWT", "kid": kid(0) }),
        json!([]),
        json!("RS256"),
        Value::Null,
    ] {
        assert!(!issuer.verifies(&token(&header.to_string())).await, "{header}");
    }
    for header in [
        format!(r#"{{"typ":"JWT","alg":"none","alg":"RS256","kid":"{}"}}"#, kid(0)),
        format!(r#"{{"typ":"JWT","alg":"RS256","kid":"{}","kid":"{0}"}}"#, kid(0)),
        format!("{}x", header(0)),
        String::new(),
    ] {
        assert!(!issuer.verifies(&token(&header)).await, "{header}");
    }
    let unsigned = unsigned(&with("alg", "none".into()).to_string(), &claims_with(&[]));
    for token in [format!("{unsigned}."), unsigned] {
        assert!(!issuer.verifies(&token).await, "{token}");
    }
}

#[tokio::test]
async fn a_name_that_no_key_can_have_is_not_looked_for() {
    let issuer = Issuer::new(&[(0, NOW, NOW)]);
    assert!(issuer.verifies(&signed(0, &header(0).to_string(), &claims_with(&[]))).await);
    issuer.clock.advance(30);
    let kids = [
        json!("../../../../dev/null"),
        json!("/etc/passwd"),
        json!(""),
        json!("x"),
        json!(format!("{}=", kid(0))),
        json!(format!("{} ", kid(0))),
        json!(kid(0).replace(|_| true, "/")),
        json!(kid(0).replace(|_| true, ".")),
        json!(kid(0)[1..]),
        json!("' OR ''='"),
        json!([kid(0)]),
        json!(0),
        Value::Null,
    ];
    for kid in kids {
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": kid });
        let token = signed(0, &header.to_string(), &claims_with(&[]));
        assert!(!issuer.verifies(&token).await, "{header}");
    }
    assert_eq!(issuer.manager.requests(), 1);
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let issuer = Issuer::new(&[(0, NOW, NOW)]);
    assert!(issuer.verifies(&signed(0, &header(0).to_string(), &claims_with(&[]))).await);
    let pair = pair(0);
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}-----END PUBLIC KEY-----\n",
        BASE64_MIME.encode(der.as_ref()).replace("\r\n", "\n")
    );
    let jwks = issuer.tokens.jwks().await.unwrap();
    let modulus = jwks["keys"][0]["n"].as_str().unwrap();
    for algorithm in ["HS256", "RS256"] {
        let header = json!({ "typ": "JWT", "alg": algorithm, "kid": kid(0) }).to_string();
        let message = unsigned(&header, &claims_with(&[]));
        for secret in [
            der.as_ref(),
            pair.public_key().as_ref(),
            pem.as_bytes(),
            pem.trim_end().as_bytes(),
            pem.replace('\n', "\r\n").as_bytes(),
            modulus.as_bytes(),
            &BASE64URL_NOPAD.decode(modulus.as_bytes()).unwrap(),
            jwks.to_string().as_bytes(),
            jwks["keys"][0].to_string().as_bytes(),
            b"",
        ] {
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
            let token = format!("{message}.{}", BASE64URL_NOPAD.encode(tag.as_ref()));
            assert!(!issuer.verifies(&token).await, "{algorithm} {secret:?}");
        }
    }
}

#[tokio::test]
async fn what_is_not_signed_by_the_named_key_is_refused() {
    let issuer = Issuer::new(&[(0, NOW, NOW), (1, NOW, NOW)]);
    let (header, claims) = (header(0).to_string(), claims_with(&[]));
    let token = signed(0, &header, &claims);
    assert!(issuer.verifies(&token).await);
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (_, elsewhere) = token.split_once('.').unwrap();
    let other = signed(0, &header, &claims_with(&[("id", r#""65214""#)]));
    let (_, other) = other.rsplit_once('.').unwrap();
    for bad in [
        signed(1, &header, &claims),
        signed(2, &header, &claims),
        format!("{message}.{other}"),
        format!("{}.{signature}", unsigned(&header, &claims_with(&[("id", r#""1""#)]))),
        format!("{message}."),
        message.to_owned(),
        format!("{message}.{}", &signature[..signature.len() - 4]),
        format!("{message}.{}", "A".repeat(signature.len())),
        format!("{token}="),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!(".{token}"),
        format!(" {token}"),
        format!("{token}\n"),
        format!(".{elsewhere}"),
        token.replace('.', ":"),
        token.to_uppercase(),
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        "é".to_owned(),
        "\0".to_owned(),
    ] {
        assert!(!issuer.verifies(&bad).await, "{bad}");
    }
    for place in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(bytes).unwrap();
        assert!(!issuer.verifies(&altered).await, "{place}: {altered}");
    }
}

#[tokio::test]
async fn every_claim_is_needed_and_has_to_be_right() {
    let issuer = Issuer::new(&[(0, NOW, NOW)]);
    let token = |changes: &[(&str, &str)]| signed(0, &header(0).to_string(), &claims_with(changes));
    for good in [
        &[][..],
        &[("more", "{}")],
        &[("exp", "1767225601")],
        &[("iat", "0")],
        &[("iat", "1767225660")],
        &[("nbf", "1767225600")],
        &[("nbf", "0")],
    ] {
        assert!(issuer.verifies(&token(good)).await, "{good:?}");
    }
    for name in ["id", "username", "to", "iss", "aud", "iat", "exp", "jti"] {
        for value in ["", "null", "[]", "{}", "true", "1.5", "-1"] {
            assert!(!issuer.verifies(&token(&[(name, value)])).await, "{name}: {value}");
        }
    }
    for name in ["iat", "exp", "nbf"] {
        for value in [
            r#""1767225600""#,
            r#""1798761600""#,
            "1767225600.0",
            "1798761600.0",
            "1798761600.5",
            "1.8e9",
            "1e300",
            "-1798761600",
            "-0.0",
            "[1798761600]",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "1e400",
            "null",
            "false",
            r#""""#,
        ] {
            assert!(!issuer.verifies(&token(&[(name, value)])).await, "{name}: {value}");
        }
    }
    for bad in [
        ("exp", "1767225600"),
        ("exp", "1767225599"),
        ("exp", "0"),
        ("iat", "1767225661"),
        ("iat", "253402300799"),
        ("nbf", "1767225601"),
        ("iss", r#""https://api.example.com/""#),
        ("iss", r#""https://attacker.example""#),
        ("iss", r#"["https://api.example.com"]"#),
        ("aud", r#""tenant-b""#),
        ("aud", r#"["tenant-a"]"#),
        ("aud", r#"["tenant-a","tenant-b"]"#),
        ("to", r#""tenant-b""#),
        ("to", r#""Tenant-a""#),
        ("id", "65213"),
        ("id", r#""065213""#),
        ("id", r#""0""#),
        ("jti", r#""1""#),
        ("jti", r#""""#),
    ] {
        assert!(!issuer.verifies(&token(&[bad])).await, "{bad:?}");
    }
    let mut twice = claims_with(&[("exp", "1")]);
    twice.insert_str(1, r#""exp":1798761600,"#);
    for claims in [twice.as_str(), "[]", "null", "", "{"] {
        let token = signed(0, &header(0).to_string(), claims);
        assert!(!issuer.verifies(&token).await, "{claims}");
    }
}

#[tokio::test]
async fn a_token_of_one_tenant_is_none_of_another() {
    let issuer = Issuer::new(&[(0, NOW, NOW)]);
    let token = issuer.tokens.sign(&claims()).await.unwrap();
    assert!(issuer.verifies(&token).await);
    let other = TenantId::parse("tenant-b").unwrap();
    assert!(issuer.tokens.verify(&token, &other).await.unwrap().is_none());
    for changes in [[("to", r#""tenant-b""#)], [("aud", r#""tenant-b""#)]] {
        let token = signed(0, &header(0).to_string(), &claims_with(&changes));
        for tenant in [tenant(), other.clone()] {
            assert!(issuer.tokens.verify(&token, &tenant).await.unwrap().is_none());
        }
        assert!(issuer.tokens.verify_for_any_tenant(&token).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_token_can_say_itself_which_tenant_it_is_for() {
    let issuer = Issuer::new(&[(0, NOW, NOW)]);
    let token = issuer.tokens.sign(&claims()).await.unwrap();
    assert!(issuer.tokens.verify_for_any_tenant(&token).await.unwrap() == Some(claims()));
    let both = [("to", r#""tenant-b""#), ("aud", r#""tenant-b""#)];
    let token = signed(0, &header(0).to_string(), &claims_with(&both));
    let said = issuer.tokens.verify_for_any_tenant(&token).await.unwrap().unwrap();
    assert_eq!(said.tenant.as_str(), "tenant-b");
    for none in [r#""""#, r#""tenant b""#, r#""a:b""#] {
        let token = signed(0, &header(0).to_string(), &claims_with(&[("to", none), ("aud", none)]));
        assert!(issuer.tokens.verify_for_any_tenant(&token).await.unwrap().is_none(), "{none}");
    }
}

#[tokio::test]
async fn what_is_longer_than_any_of_ours_is_not_read() {
    let issuer = Issuer::new(&[(0, NOW, NOW)]);
    let header = header(0).to_string();
    let claims = |bytes: usize| claims_with(&[("more", &format!("{:?}", "x".repeat(bytes)))]);
    let signature = BASE64URL_NOPAD.encode_len(pair(0).public_modulus_len());
    let length = |bytes: &usize| unsigned(&header, &claims(*bytes)).len() + 1 + signature;
    let most = (2000..4096).take_while(|bytes| length(bytes) <= 4096).last().unwrap();
    let [longest, longer] = [most, most + 1].map(|bytes| signed(0, &header, &claims(bytes)));
    assert!(longest.len() >= 4095 && longer.len() > 4096, "{} {}", longest.len(), longer.len());
    assert!(issuer.verifies(&longest).await);
    assert!(!issuer.verifies(&longer).await);
}

#[tokio::test]
async fn tokens_outlive_the_key_that_signs_now() {
    let keys = [(0, NOW - DAY, NOW - DAY), (1, NOW, NOW + 100)];
    let issuer = Issuer::new(&keys);
    let named = |token: &str| {
        let header = BASE64URL_NOPAD.decode(token.split_once('.').unwrap().0.as_bytes()).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
    };
    issuer.clock.advance(99);
    let old = issuer.tokens.sign(&claims()).await.unwrap();
    issuer.clock.advance(1);
    let new = issuer.tokens.sign(&claims()).await.unwrap();
    assert_eq!([named(&old), named(&new)], [kid(0), kid(1)]);
    assert!(issuer.verifies(&old).await && issuer.verifies(&new).await);
    let published = issuer.tokens.jwks().await.unwrap();
    assert_eq!(published["keys"].as_array().unwrap().len(), 2);

    issuer.has(&keys[1..]);
    issuer.clock.advance(300);
    assert!(!issuer.verifies(&old).await && issuer.verifies(&new).await);
    let published = issuer.tokens.jwks().await.unwrap();
    assert_eq!(published["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_that_is_not_known_yet_is_looked_for_once() {
    let issuer = Issuer::new(&[(0, NOW, NOW)]);
    let token = |number| signed(number, &header(number).to_string(), &claims_with(&[]));
    assert!(issuer.verifies(&token(0)).await);
    issuer.has(&[(0, NOW, NOW), (1, NOW, NOW)]);
    issuer.clock.advance(29);
    assert!(!issuer.verifies(&token(1)).await);
    assert_eq!(issuer.manager.requests(), 1);
    issuer.clock.advance(1);
    assert!(issuer.verifies(&token(1)).await);
    assert_eq!(issuer.manager.requests(), 2);
    issuer.clock.advance(30);
    for _ in 0..3 {
        assert!(!issuer.verifies(&token(2)).await);
        assert_eq!(issuer.manager.requests(), 3);
    }
    // Nobody gets an outage for a name that he made up.
    issuer.manager.answers(REFUSAL);
    issuer.clock.advance(30);
    assert!(!issuer.verifies(&token(2)).await);
    assert!(issuer.verifies(&token(0)).await);
}

#[tokio::test]
async fn without_keys_nothing_is_known() {
    let issuer = Issuer::new(&[(0, NOW, NOW)]);
    issuer.manager.answers(REFUSAL);
    let token = signed(0, &header(0).to_string(), &claims_with(&[]));
    issuer.tokens.verify(&token, &tenant()).await.unwrap_err();
    issuer.tokens.ready().await.unwrap_err();
    issuer.tokens.sign(&claims()).await.unwrap_err();
    issuer.tokens.jwks().await.unwrap_err();
    // What is no token of ours is none, whatever our keys are.
    assert!(!issuer.verifies("a.b.c").await);
}

#[tokio::test]
async fn what_does_not_sign_yet_is_published_already() {
    let issuer = Issuer::new(&[(0, NOW, NOW + 1)]);
    issuer.tokens.ready().await.unwrap_err();
    issuer.tokens.sign(&claims()).await.unwrap_err();
    let published = issuer.tokens.jwks().await.unwrap();
    assert_eq!(published["keys"].as_array().unwrap().len(), 1);
    issuer.clock.advance(1);
    issuer.tokens.ready().await.unwrap();
    let token = issuer.tokens.sign(&claims()).await.unwrap();
    assert!(issuer.verifies(&token).await);
}
