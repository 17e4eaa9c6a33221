//! The provider for development counts on a developer's machine alone.

use std::{fs, path::Path};

use super::{START, Stage, arrives, host::Host, is_outage, know};
use crate::support::TestApp;

#[tokio::test]
async fn a_provider_over_plain_http_is_none_where_others_can_reach_us() {
    for stage in ["dev", "staging", "prod"] {
        let app = TestApp::with(&[("STAGE", stage)]).await;
        let host = Host::start(&app.clock).await;
        know(&app, &[host.entry()]);
        is_outage(&app.get(START).await);
        let callback = "/oauth/local/callback?code=x&state=x";
        super::is_refused(&app.get(callback).await);
        assert_eq!(host.asked(), [""; 0], "{stage}");
    }
    arrives(&Stage::set().await.visit("ann").await);
}

#[tokio::test]
async fn plain_http_to_other_machines_is_none_anywhere() {
    let stage = Stage::set().await;
    for issuer in ["http://id.example", "http://192.0.2.1", "ftp://127.0.0.1", "nonsense"] {
        let mut entry = stage.host.entry();
        entry["name"] = "other".into();
        entry["issuer"] = issuer.into();
        know(&stage.app, &[entry]);
        is_outage(&stage.app.get("/oauth/other/start").await);
    }
}

#[test]
fn no_function_is_linked_with_the_local_server() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = fs::read_dir(root.join("functions")).unwrap();
    let folders = folders.map(|folder| folder.unwrap().path()).chain([root.join("shared")]);
    let mut checked = 0;
    for folder in folders {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        assert!(!manifest.contains("\nlocal"), "{}", folder.display());
        checked += 1;
    }
    assert!(checked > 5);
}
