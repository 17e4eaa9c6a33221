//! What is looked at when a sequence is over: every credential, every identifier, and what is stored.

use shared::{credential::Kind, directory::Status, identifier::AccountId};

use super::{
    names::{
        EMAILS, Email, Given, Identifier, PHONES, Phone, Place, Spelling, USERNAMES, Username,
    },
    run::{Divergence, Run},
    step::{Pick, SignInDoor, Step},
};

const TWO_DAYS: i64 = 2 * 24 * 60 * 60;

impl Run<'_> {
    /// Looks at everything that the sequence has left behind, and takes it away.
    pub(super) async fn close(&mut self) -> Result<(), Divergence> {
        self.product.enable_tenant(true).await;
        self.state.tenant_enabled = true;
        self.present_all().await?;
        self.compare_stored().await?;
        self.sign_all_out().await?;
        self.sign_in_by_all().await?;
        self.delete_all().await
    }

    /// Each credential opens if the model says so, and no other one does.
    async fn present_all(&mut self) -> Result<(), Divergence> {
        for credential in 0..self.state.credentials.len() {
            self.present(&[credential]).await?;
            self.tally.credentials[usize::from(!self.state.is_live(credential))] += 1;
        }
        Ok(())
    }

    /// The same at the contract that has handed it out, where nothing but signing out tells.
    async fn sign_all_out(&mut self) -> Result<(), Divergence> {
        // Whatever was asked for before, nobody has asked too much by now from here.
        let (place, spelling) = (Place(0), Spelling(0));
        for number in 0..self.state.credentials.len() {
            let newest_first = self.state.credentials.len() - 1 - number;
            let Ok(pick) = u8::try_from(newest_first) else { continue };
            let credential = self.state.credentials[number];
            let own = self.state.accounts[credential.account].identifiers();
            let by = match credential.kind {
                Kind::ContactSession => {
                    own.into_iter().find(|it| !matches!(it, Identifier::Username(_)))
                }
                _ => None,
            };
            let by = by.unwrap_or(Identifier::Email(Email(0)));
            let step = Step::SignOut { credential: Pick::Any(pick), by, spelling, place };
            self.close_with(&step).await?;
        }
        Ok(())
    }

    /// Each identifier leads to its account, by its password, and to nobody else's.
    async fn sign_in_by_all(&mut self) -> Result<(), Divergence> {
        self.close_with(&Step::Wait { seconds: TWO_DAYS }).await?;
        let by_email = |number| {
            let doors = [SignInDoor::Users, SignInDoor::WebApp, SignInDoor::ContactByEmail];
            doors.map(|door| door(Email(number)))
        };
        let doors = (0..EMAILS).flat_map(by_email);
        let doors = doors
            .chain((0..USERNAMES).map(|number| SignInDoor::CookieByUsername(Username(number))))
            .chain((0..PHONES).map(|number| SignInDoor::ContactByPhone(Phone(number))));
        for (number, door) in (0..).zip(doors) {
            let password = Given::Right;
            let (spelling, place) = (Spelling(number % 3), Place(number % 3));
            let step = Step::SignIn { door, spelling, password, place, presenting: None };
            self.close_with(&step).await?;
        }
        Ok(())
    }

    async fn close_with(&mut self, step: &Step) -> Result<(), Divergence> {
        // These are no steps of the sequence, and not counted as such.
        let tally = self.tally.clone();
        let done = self.step(step).await;
        self.tally = tally;
        done.map_err(|divergence| format!("afterwards, {step:?}: {divergence}"))
    }

    /// Every account is stored as the model has it, and nothing else is.
    async fn compare_stored(&self) -> Result<(), Divergence> {
        let names = self.state.names;
        for (account, id) in self.state.accounts.iter().zip(&self.held.ids) {
            let stored = self.product.app.directory.find_by_id(AccountId::new(*id).unwrap()).await;
            let Ok(stored) = stored else {
                if account.gone {
                    continue;
                }
                return Err(format!("this account is not there: {account:?}"));
            };
            let found = (
                stored.shown_email(),
                stored.email_verified,
                stored.phone.as_ref().map(|phone| phone.as_str().to_owned()),
                stored.username.as_ref().map(|username| username.as_str().to_owned()),
                stored.shown_name(),
                stored.status,
            );
            let status = if account.banned { Status::Banned } else { Status::Active };
            let (email, name) = (account.shown_email(names), account.shown_name(names));
            let expected = (
                email.as_str(),
                account.proven,
                account.phone.map(|phone| names.phone(phone)),
                account.username.map(|(it, spelling)| names.username(it, spelling)),
                name.as_str(),
                status,
            );
            if account.gone || found != expected {
                return Err(format!("stored is {found:?} and not {expected:?}"));
            }
        }
        let there: Vec<_> = self.state.accounts.iter().filter(|account| !account.gone).collect();
        let claims: usize = there.iter().map(|account| account.identifiers().len()).sum();
        self.audited(there.len(), claims).await
    }

    async fn audited(&self, accounts: usize, claims: usize) -> Result<(), Divergence> {
        let audit = self.product.app.directory.audit().await.unwrap();
        let whole = audit.problems.is_empty()
            && audit.unfinished_deletions == 0
            && (audit.accounts, audit.claims) == (accounts, claims);
        if whole {
            Ok(())
        } else {
            Err(format!("{accounts} accounts and {claims} claims: {audit:?}"))
        }
    }

    async fn delete_all(&mut self) -> Result<(), Divergence> {
        for (account, id) in self.state.accounts.iter().zip(&self.held.ids) {
            if !account.gone {
                let id = AccountId::new(*id).unwrap();
                self.product.app.directory.delete_account(id).await.unwrap();
            }
        }
        self.audited(0, 0).await
    }
}
