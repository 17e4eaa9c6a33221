//! What an account is found by, and who asks: one spelling for each, and no character in it that
//! means something elsewhere.

use std::net::Ipv6Addr;

use phonenumber::country::Id;
use shared::{
    address::ClientAddress,
    credential::TenantCredentials,
    identifier::{AccountId, Email, Identifier, Identity, Phone, TenantId, Username},
    notify::Language,
};

use crate::text;

/// An address that is accepted is one that mail can go to, and to no other one.
pub(crate) fn email(data: &[u8]) {
    let given = text(data);
    let Some(email) = Email::parse(&given) else { return };
    let address = email.as_str();
    assert!(address.len() <= 254, "{address} is too long");
    assert!(address.bytes().all(|byte| byte.is_ascii_graphic()), "{address:?} is not plain");
    assert!(!address.contains(['"', '(', ')', ',', ':', ';', '<', '>', '[', ']', '\\']));
    assert_eq!(address, address.to_ascii_lowercase());

    let (local, domain) = address.split_once('@').unwrap();
    assert!(!domain.contains('@'), "{address} has two parts too many");
    assert_eq!(email.local_part(), local);
    let (given_local, _) = given.rsplit_once('@').unwrap();
    assert!(given_local.eq_ignore_ascii_case(local), "{given:?} became somebody else: {address}");
    let labels: Vec<_> = domain.split('.').collect();
    assert!(labels.len() > 1, "{address} is in no domain");
    for label in &labels {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let bounded = (1..=63).contains(&label.len());
        assert!(plain && bounded && !label.starts_with('-') && !label.ends_with('-'), "{address}");
    }
    assert!(!labels.last().unwrap().bytes().all(|byte| byte.is_ascii_digit()), "{address}");

    assert_eq!(Email::parse(address).as_ref(), Some(&email), "{address} is not canonical");
    assert_eq!(Email::parse(&address.to_ascii_uppercase()).as_ref(), Some(&email));
    assert_eq!(format!("{email:?}"), "Email(..)");
    assert_eq!(Identifier::from(email.clone()).claim(), format!("email#{address}"));
}

/// A number that is accepted is in E.164, the same wherever it is read. The first byte chooses the
/// region.
pub(crate) fn phone(data: &[u8]) {
    const REGIONS: [Id; 8] = [Id::CN, Id::DE, Id::US, Id::GB, Id::IT, Id::RU, Id::BR, Id::AU];
    let Some((region, given)) = data.split_first() else { return };
    let given = text(given);
    let region = REGIONS[usize::from(*region) % REGIONS.len()];
    let Some(phone) = Phone::parse(&given, region) else { return };
    let number = phone.as_str();
    let digits = number.strip_prefix('+').unwrap();
    assert!((2..=15).contains(&digits.len()), "{number} from {given:?}");
    assert!(digits.bytes().all(|byte| byte.is_ascii_digit()), "{number:?} from {given:?}");
    assert!(!digits.starts_with('0'), "{number} from {given:?}");
    for region in REGIONS {
        let again = Phone::parse(number, region);
        assert_eq!(again.as_ref(), Some(&phone), "{number} is another one in {region:?}");
    }
    assert!(!phone.can_be_texted(&[]));
    assert_eq!(format!("{phone:?}"), "Phone(..)");
    assert_eq!(Identifier::from(phone.clone()).claim(), format!("phone#{number}"));
}

/// A username that is accepted is of plain characters, and no two that look alike are two.
pub(crate) fn username(data: &[u8]) {
    let given = text(data);
    let (new, old) = (Username::parse_new(&given), Username::parse(&given));
    if let Ok(new) = &new {
        assert!((Username::MIN..=Username::MAX).contains(&new.as_str().len()), "{new:?}");
        // A spelling so long that it is none any more may still be that of a short name.
        assert!(old.as_ref() == Some(new) || given.len() > 1024, "{given:?}");
    }
    let Some(username) = old else { return };
    let name = username.as_str();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    assert!(!name.is_empty() && name.bytes().all(plain), "{name:?}");
    assert_eq!(Username::parse(name).as_ref(), Some(&username), "{name} is not canonical");
    let canonical = username.canonical();
    assert!(canonical.eq_ignore_ascii_case(name));
    assert_eq!(Username::parse(&canonical).unwrap().canonical(), canonical);
    assert_eq!(Identifier::from(username).claim(), format!("username#{canonical}"));
}

/// An id that is accepted is its only spelling.
pub(crate) fn id(data: &[u8]) {
    let given = text(data);
    if let Some(id) = AccountId::parse(&given) {
        assert_eq!(id.to_string(), given);
        assert!((1..1 << 53).contains(&id.number()));
    }
    let (first, rest) = given.split_once('\n').unwrap_or((&given, ""));
    if let Some(tenant) = TenantId::parse(first) {
        assert_eq!(tenant.as_str(), first);
        assert!(!first.contains([':', '#', '/', '.', ' ', ',']), "{first:?}");
    }
    if let Some(credentials) = TenantCredentials::new(first, rest) {
        assert_eq!(credentials.id().as_str(), first);
        assert!((1..=256).contains(&rest.len()));
        assert_eq!(format!("{credentials:?}"), "TenantCredentials(..)");
    }
    if let Some(identity) = Identity::new(first, rest) {
        let claim = identity.claim();
        // Read back in the only way there is, so that no two identities share it.
        let parts = claim.strip_prefix("oauth#").and_then(|rest| rest.split_once('#'));
        assert_eq!(parts, Some((first, rest)));
    }
}

/// Whatever the gateway says of a client's address, it is counted as one; whatever languages it says
/// to speak, it is written to in one of ours.
pub(crate) fn client(data: &[u8]) {
    let given = text(data);
    let address = ClientAddress::parse(&given);
    let counted = address.as_str();
    let form = |byte: u8| byte.is_ascii_hexdigit() || b".:/".contains(&byte);
    assert!(counted == "unknown" || counted.bytes().all(form), "{counted:?}");
    let alone = counted.strip_suffix("/64").unwrap_or(counted);
    if let Ok(network) = alone.parse::<Ipv6Addr>() {
        assert_eq!(network.to_bits() << 64, 0, "{counted} is one of a network");
    }
    assert_eq!(ClientAddress::parse(alone), address, "{counted} is not canonical");
    assert_eq!(format!("{address:?}"), "ClientAddress(..)");
    match Language::from_accept_language(Some(&given)) {
        Language::English | Language::Chinese => {}
    }
}
