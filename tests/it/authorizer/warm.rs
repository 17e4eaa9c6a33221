//! What has ended is over at once for a function that is warm, and has let it in before.
//!
//! `ENDED` says how many credentials end, 36 unless it is set.

use http::Method;
use serde_json::json;

use super::{Member, Slot, event, refused};
use crate::support::{PASSWORD, Preparation, TestApp, cheap_hashes, size};

const DAY: i64 = 24 * 60 * 60;

/// What ends credentials.
#[derive(Clone, Copy, Debug)]
enum End {
    SignOut,
    PasswordChange,
    Ban,
    SignOutEverywhere,
    Deletion,
    Expiry,
}

impl End {
    const ALL: [Self; 6] = [
        Self::SignOut,
        Self::PasswordChange,
        Self::Ban,
        Self::SignOutEverywhere,
        Self::Deletion,
        Self::Expiry,
    ];

    async fn come(self, app: &TestApp, member: &mut Member) {
        match self {
            Self::SignOut => {
                for slot in Slot::ALL {
                    assert_eq!(member.sign_out(app, slot).await.status, 200, "{slot:?}");
                }
            }
            Self::PasswordChange => {
                let change = json!({ "old_password": PASSWORD, "new_password": "7Zq!vB3@mLr" });
                let [web, ..] = &mut member.browsers;
                let reply = web.send_json(Method::PUT, "/api/user/update_password", change).await;
                assert_eq!(reply.status, 200, "{reply}");
            }
            Self::Ban => app.directory.ban(member.id).await.unwrap(),
            Self::SignOutEverywhere => app.directory.sign_out_everywhere(member.id).await.unwrap(),
            Self::Deletion => app.directory.delete_account(member.id).await.unwrap(),
            Self::Expiry => app.clock.advance(90 * DAY),
        }
    }

    /// The session that changes the password lives on, under a new token.
    fn spares(self, slot: Slot) -> bool {
        matches!((self, slot), (Self::PasswordChange, Slot::Web))
    }
}

#[tokio::test]
async fn what_has_ended_is_refused_at_once_by_a_function_that_let_it_in_before() {
    let number = size("ENDED", 36);
    let app =
        TestApp::prepared(&[], Preparation { config: cheap_hashes, ..Preparation::default() })
            .await;
    let warm = app.authorizer();
    let (mut ended, mut round) = (0, 0);
    while ended < number {
        let end = End::ALL[round % End::ALL.len()];
        let mut member = Member::join(&app, &format!("m{round}")).await;
        let events = Slot::ALL.map(|slot| (slot, event(&[(slot, member.credential(slot))])));
        for (slot, event) in &events {
            let answer = warm.answer(event.clone()).await.unwrap();
            assert_eq!(answer, member.authorized(*slot), "{slot:?} before {end:?}");
        }
        end.come(&app, &mut member).await;
        for (slot, event) in events.into_iter().filter(|(slot, _)| !end.spares(*slot)) {
            let answer = warm.answer(event).await.unwrap();
            assert_eq!(answer, refused(), "{slot:?} after {end:?}");
            ended += 1;
        }
        round += 1;
    }
    println!("{ended} credentials that had ended, none of them let in");
}
