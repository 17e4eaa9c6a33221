//! The arguments.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};

/// What the operator asks for.
#[derive(Debug, Parser)]
#[command(name = "admin", version, about = "Operates an Atrium directory")]
pub struct Cli {
    /// Print exactly one JSON object, on failure `{"error": …}` on standard error
    #[arg(long, global = true)]
    pub json: bool,
    /// The table of accounts
    #[arg(
        long,
        global = true,
        env = "ACCOUNTS_TABLE",
        default_value = "accounts",
        value_name = "NAME"
    )]
    pub accounts_table: String,
    /// The table of credentials and counters
    #[arg(
        long,
        global = true,
        env = "TOKENS_TABLE",
        default_value = "tokens",
        value_name = "NAME"
    )]
    pub tokens_table: String,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look at an account, or change what it may do
    #[command(subcommand)]
    User(UserCommand),
    /// Look at tenants, make and delete them, or change what their client apps may do
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// See whether mails to an address came back, and have them go there again
    #[command(subcommand)]
    Mail(MailCommand),
    /// Write the emoji of an account
    #[command(subcommand)]
    Emoji(EmojiCommand),
    /// Look at the keys that tokens are signed by, replace and retire them
    Keys(Keys),
    /// Check that accounts, and what hangs on them, fit together
    Audit {
        /// Finish the deletions that were begun, then check
        #[arg(long)]
        repair: bool,
    },
}

/// What there is to do with an account.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Print an account
    Show(Who),
    /// Ban an account and end all its credentials
    Ban(Who),
    /// Lift a ban; credentials from before it stay dead
    Unban(Who),
    /// End all credentials of an account
    SignOut(Who),
    /// Delete an account and all that hangs on it, for good
    Delete {
        /// Which account.
        #[command(flatten)]
        who: Who,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Print the identities at providers by which an account is signed in to
    Identities(Who),
    /// Remove an identity from an account; the sessions that it made stay
    Unbind {
        /// Which account.
        #[command(flatten)]
        who: Who,
        /// The provider's issuer
        #[arg(long, value_name = "URL")]
        issuer: String,
        /// What the provider calls the account there
        #[arg(long, value_name = "SUB")]
        subject: String,
    },
}

/// What there is to do with tenants.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Make a tenant, and print its secret, this once
    Create {
        /// What people call it
        #[arg(long)]
        name: String,
    },
    /// Print every tenant, the oldest first
    List,
    /// Print a tenant, without its secrets
    Show {
        /// The tenant's id
        id: String,
    },
    /// Give a tenant a second secret, and print it, this once; the first stays live
    Rotate {
        /// The tenant's id
        id: String,
    },
    /// End the older one of a tenant's two secrets
    RetireSecret {
        /// The tenant's id
        id: String,
    },
    /// Refuse a tenant's client apps
    Disable {
        /// The tenant's id
        id: String,
    },
    /// Let a disabled tenant's client apps ask again
    Enable {
        /// The tenant's id
        id: String,
    },
    /// Delete a tenant, for good
    Delete {
        /// The tenant's id
        id: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// What there is to do with addresses that mails came back from.
#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Print what is known of mails to an address
    Show {
        /// The address
        address: String,
    },
    /// Have mails go to an address again
    Allow {
        /// The address
        address: String,
    },
}

/// What there is to do with emoji.
#[derive(Debug, Subcommand)]
pub enum EmojiCommand {
    /// Write the emoji in a file, over those with the same ids
    Import(Import),
}

/// The signing keys, and what there is to do with them.
#[derive(Debug, Args)]
pub struct Keys {
    /// The secret in AWS Secrets Manager that holds the keys
    #[arg(
        long,
        global = true,
        env = "SIGNING_KEYS_SECRET",
        default_value = "signing-keys",
        value_name = "NAME"
    )]
    pub secret: String,
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// What there is to do with signing keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Print the keys, never their private halves
    List,
    /// Add a key. It is published now and signs in three hours; the first one signs at once
    Rotate {
        /// Take the older of two keys away although tokens that it has signed may still live: they
        /// are refused from now on
        #[arg(long)]
        force: bool,
        /// Sign by the new key now. Who has fetched the keys of late (API Gateway: in the last two
        /// hours) refuses its tokens until he fetches them again; Atrium itself does not
        #[arg(long)]
        at_once: bool,
    },
    /// Take a key away: tokens that it has signed are refused from now on
    Retire {
        /// The key's name, as `keys list` prints it
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
}

/// An account: any of its identifiers, or exactly one of a kind.
#[derive(Debug, Args)]
#[command(group = one_account("who"))]
pub struct Who {
    /// An account id, email address, phone number or username, tried in this order
    pub who: Option<String>,
    /// The account, without guessing.
    #[command(flatten)]
    pub exact: Exact,
}

/// A file of emoji, and whose they are.
#[derive(Debug, Args)]
#[command(group = one_account("user"))]
pub struct Import {
    /// A JSON array of emoji as `GET /users/{id}` shows them
    #[arg(value_name = "FILE.json")]
    pub file: PathBuf,
    /// Whose emoji: an account id, email address, phone number or username, tried in this order
    #[arg(long, value_name = "WHO")]
    pub user: Option<String>,
    /// The account, without guessing.
    #[command(flatten)]
    pub exact: Exact,
}

/// An account by one kind of identifier: a text of digits alone can be three.
#[derive(Clone, Debug, Default, Args)]
pub struct Exact {
    /// The account with this id
    #[arg(long)]
    pub id: Option<String>,
    /// The account with this email address
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// The account with this phone number
    #[arg(long, value_name = "NUMBER")]
    pub phone: Option<String>,
    /// The account with this username
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
}

/// Exactly one of the ways to name an account.
fn one_account(any: &'static str) -> ArgGroup {
    ArgGroup::new("account").required(true).args([any, "id", "email", "phone", "username"])
}

impl UserCommand {
    /// The account that it is about.
    #[must_use]
    pub fn who(&self) -> &Who {
        match self {
            Self::Show(who)
            | Self::Ban(who)
            | Self::Unban(who)
            | Self::SignOut(who)
            | Self::Identities(who) => who,
            Self::Delete { who, .. } | Self::Unbind { who, .. } => who,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::{Cli, Command, KeysCommand};

    fn accepts(line: &str) -> bool {
        Cli::try_parse_from(line.split(' ')).is_ok()
    }

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_key_may_have_a_name_that_begins_with_a_hyphen() {
        let kid = "-9C-ZY-r_WN6sZK0hjJ1AdNPEgyInx0V5GoA5Re6C30";
        for line in [
            format!("admin keys retire {kid} --json"),
            format!("admin keys retire --secret keys {kid}"),
            format!("admin keys --secret keys retire -- {kid}"),
        ] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            let Command::Keys(keys) = cli.command else { panic!("{line}") };
            let KeysCommand::Retire { kid: named } = keys.command else { panic!("{line}") };
            assert_eq!(named, kid);
        }
        assert!(!accepts("admin keys retire"));
        assert!(!accepts("admin keys rotate now"));
    }

    #[test]
    fn exactly_one_account_is_named() {
        for line in [
            "admin user show ann@example.com",
            "admin user ban --id 65213",
            "admin user sign-out --phone +8613800138000 --json",
            "admin --json user delete --username 13800138000 --yes",
            "admin user identities --email ann@example.com",
            "admin user unbind 65213 --issuer https://id.example.com --subject 42",
            "admin user unbind --id 65213 --issuer https://id.example.com --subject 42",
            "admin emoji import emoji.json --user ann@example.com",
            "admin emoji import emoji.json --id 65213",
        ] {
            assert!(accepts(line), "{line}");
        }
        for line in [
            "admin user show",
            "admin user show 65213 --id 65213",
            "admin user show --email ann@example.com --id 65213",
            "admin user unbind --issuer https://id.example.com --subject 42",
            "admin emoji import emoji.json",
            "admin emoji import emoji.json --user 65213 --id 65213",
        ] {
            assert!(!accepts(line), "{line}");
        }
    }
}
