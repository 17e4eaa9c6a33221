//! What the operator does with tenants, on their very next request.

use shared::{
    credential::digest,
    directory::{TenantChange, TenantStatus},
};

use super::{Tenant, basic, client_app, is_authenticated, start};
use crate::support::TestApp;

/// The tenant, as those of its client apps know it that have its newer secret.
async fn with_second_secret(app: &TestApp, tenant: &Tenant) -> Tenant {
    let added = app.directory.add_tenant_secret(&tenant.id()).await.unwrap();
    let TenantChange::Made(secret) = added else { panic!("{added:?}") };
    Tenant { secret: secret.expose().to_owned(), ..tenant.clone() }
}

async fn retire(app: &TestApp, tenant: &Tenant) -> TenantChange<()> {
    app.directory.retire_tenant_secret(&tenant.id()).await.unwrap()
}

#[tokio::test]
async fn a_tenant_that_is_disabled_is_unauthenticated_until_it_is_enabled() {
    let app = start().await;
    let (tenant, other) = (Tenant::create(&app).await, Tenant::create(&app).await);
    for status in [TenantStatus::Disabled, TenantStatus::Active, TenantStatus::Disabled] {
        assert!(app.directory.set_tenant_status(&tenant.id(), status).await.unwrap());
        let live = status == TenantStatus::Active;
        assert_eq!(tenant.is_authenticated(&app).await, live, "{status:?}");
        assert!(other.is_authenticated(&app).await);
    }
}

#[tokio::test]
async fn a_tenant_that_is_deleted_is_unauthenticated_for_good() {
    let app = start().await;
    let (tenant, other) = (Tenant::create(&app).await, Tenant::create(&app).await);
    let mut before = tenant.client_app(&app);
    assert!(is_authenticated(&mut before).await);
    assert!(app.directory.delete_tenant(&tenant.id()).await.unwrap());
    assert!(!is_authenticated(&mut before).await);
    assert!(other.is_authenticated(&app).await);
    for status in [TenantStatus::Active, TenantStatus::Disabled] {
        assert!(!app.directory.set_tenant_status(&tenant.id(), status).await.unwrap());
    }
    assert!(!app.directory.delete_tenant(&tenant.id()).await.unwrap());
    let added = app.directory.add_tenant_secret(&tenant.id()).await.unwrap();
    assert!(matches!(added, TenantChange::NoSuchTenant), "{added:?}");
    assert_eq!(retire(&app, &tenant).await, TenantChange::NoSuchTenant);
    assert!(!tenant.is_authenticated(&app).await);
    assert_eq!(app.directory.tenants().await.unwrap().len(), 1);
}

#[tokio::test]
async fn two_secrets_are_live_during_a_rotation_and_the_older_one_is_retired() {
    let app = start().await;
    let first = Tenant::create(&app).await;
    assert_eq!(retire(&app, &first).await, TenantChange::Declined, "it is the only one");
    assert!(first.is_authenticated(&app).await);

    let second = with_second_secret(&app, &first).await;
    assert!(first.is_authenticated(&app).await && second.is_authenticated(&app).await);
    let third = app.directory.add_tenant_secret(&first.id()).await.unwrap();
    assert!(matches!(third, TenantChange::Declined), "there are two already");
    let both = basic(&format!("{}:{}{}", first.id, first.secret, second.secret));
    assert!(!is_authenticated(&mut app.browser().header(super::HEADER, &both)).await);

    assert_eq!(retire(&app, &first).await, TenantChange::Made(()));
    assert!(!first.is_authenticated(&app).await);
    assert!(second.is_authenticated(&app).await);
    assert_eq!(retire(&app, &first).await, TenantChange::Declined);
    assert!(second.is_authenticated(&app).await);
}

#[tokio::test]
async fn a_disabled_tenant_is_so_with_each_of_its_secrets() {
    let app = start().await;
    let first = Tenant::create(&app).await;
    app.directory.set_tenant_status(&first.id(), TenantStatus::Disabled).await.unwrap();
    let second = with_second_secret(&app, &first).await;
    assert!(!first.is_authenticated(&app).await && !second.is_authenticated(&app).await);
    app.directory.set_tenant_status(&first.id(), TenantStatus::Active).await.unwrap();
    assert!(first.is_authenticated(&app).await && second.is_authenticated(&app).await);
}

#[tokio::test]
async fn the_table_holds_no_secret_and_the_audit_finds_tenants_in_order() {
    let app = start().await;
    let tenant = Tenant::create(&app).await;
    assert_eq!(tenant.secret.len(), 64, "256 bits in hexadecimal");
    let other = Tenant::create(&app).await;
    assert_ne!((&tenant.id, &tenant.secret), (&other.id, &other.secret));
    assert!(is_authenticated(&mut client_app(&app).await).await);
    let dumped = format!("{:?}{:?}", app.dump("accounts").await, app.dump("tokens").await);
    assert!(dumped.contains(&digest(&tenant.secret)));
    assert!(!dumped.contains(&tenant.secret));
    assert_eq!(app.audited().await, 0);
}
