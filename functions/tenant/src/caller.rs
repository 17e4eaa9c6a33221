//! Who asks: the web app, which has a cookie, or a tenant's client app, which has credentials.

use http::HeaderMap;
use shared::{
    app::App,
    credential::{BareToken, Kind, TenantCredentials, Token},
    directory::{Client, NewCredential, Session, SessionCookie, SignedIn},
    envelope::Tenant,
    error::Reason,
    http::{Call, Refusal, Reply, basic, bearer, session_cookie},
    signed_token::Claims,
};

use crate::own;

/// Who asks. What comes with the tenant's header is from a client app, whose cookies do not count.
pub(crate) enum Caller {
    WebApp {
        /// The sessions that came with the request.
        sessions: Vec<Token>,
        /// The visit to an identity provider that the browser has come back from.
        visit: Option<BareToken>,
    },
    ClientApp {
        /// What it shows; `None` if no tenant can have that.
        tenant: Option<TenantCredentials>,
    },
}

impl Caller {
    /// Who asks, as far as the request says.
    ///
    /// # Errors
    ///
    /// [`Reason::Malformed`] for more cookies than a browser comes by.
    pub(crate) fn of(app: &App, call: &Call, headers: &HeaderMap) -> Result<Self, Reason> {
        let header = &app.config.tenant.header;
        if headers.contains_key(header) {
            let credentials = basic(headers, header);
            let tenant = credentials.and_then(|(id, secret)| TenantCredentials::new(&id, &secret));
            return Ok(Self::ClientApp { tenant });
        }
        let sessions = call.session_tokens(Tenant::COOKIE)?;
        Ok(Self::WebApp { sessions, visit: call.bare_token(Tenant::COOKIE) })
    }

    /// Refuses a client app that does not show its tenant's credentials. The web app has none to
    /// show.
    pub(crate) async fn authenticate(&self, app: &App, call: &Call) -> Result<(), Refusal> {
        if let Self::ClientApp { tenant } = self {
            let tenant = credentials(app, call, tenant.as_ref()).await?;
            app.directory.authenticate_tenant(tenant, &call.client).await?;
        }
        Ok(())
    }

    /// What a sign-in hands out. A token that could not be signed in the end is refused here, before
    /// anything happens.
    pub(crate) async fn new_credential(
        &self,
        app: &App,
        call: &Call,
    ) -> Result<NewCredential<'_>, Refusal> {
        Ok(match self {
            Self::WebApp { sessions, visit } => NewCredential {
                replaces: sessions,
                visit: visit.as_ref(),
                ..NewCredential::of(Kind::WebSession)
            },
            Self::ClientApp { tenant } => {
                let tenant = credentials(app, call, tenant.as_ref()).await?;
                app.signed_tokens()?.ready().await?;
                NewCredential { tenant: Some(tenant), ..NewCredential::of(Kind::TenantToken) }
            }
        })
    }

    /// The reply to a sign-in: with a cookie for the web app, with a token for a client app.
    pub(crate) async fn signed_in(
        &self,
        app: &App,
        signed_in: &SignedIn,
        message: &str,
    ) -> Result<Reply, Refusal> {
        let SignedIn { account, token, issued, expires_in, .. } = signed_in;
        let mut data = own(account);
        match self {
            Self::ClientApp { tenant: Some(tenant) } => {
                let claims = Claims {
                    account: account.id,
                    username: account.shown_email().to_owned(),
                    tenant: tenant.id().clone(),
                    token: token.clone(),
                    issued: *issued,
                    expires: issued + expires_in,
                };
                let token = app.signed_tokens()?.sign(&claims).await?;
                if let Some(data) = data.as_object_mut() {
                    data.insert("token".to_owned(), token.into());
                }
                Ok(Tenant::success(data, message))
            }
            Self::ClientApp { tenant: None } | Self::WebApp { .. } => {
                let cookie = session_cookie(&app.config, Tenant::COOKIE, token, *expires_in);
                Ok(Tenant::success(data, message).with_cookie(cookie))
            }
        }
    }

    /// The live session that the request is from, and who asks in it.
    pub(crate) async fn session(
        &self,
        app: &App,
        call: &Call,
        headers: &HeaderMap,
    ) -> Result<(Client, Session), Refusal> {
        match self {
            Self::WebApp { .. } => {
                let (kind, token) = (Kind::WebSession, call.session_token(Tenant::COOKIE));
                let session = app.directory.session_at(kind, token.as_ref(), &call.client).await?;
                Ok((call.client.clone(), session))
            }
            Self::ClientApp { tenant } => {
                let tenant = credentials(app, call, tenant.as_ref()).await?;
                let claims = match bearer(headers) {
                    Some(token) => app.signed_tokens()?.verify(token, tenant.id()).await?,
                    None => None,
                };
                let session =
                    app.directory.tenant_session(tenant, claims.as_ref(), &call.client).await?;
                Ok(session)
            }
        }
    }

    /// The reply with the session's cookie set anew, for the web app.
    pub(crate) fn renew(&self, app: &App, reply: Reply, cookie: &SessionCookie) -> Reply {
        match self {
            Self::WebApp { .. } => reply.with_cookie(session_cookie(
                &app.config,
                Tenant::COOKIE,
                &cookie.token,
                cookie.expires_in,
            )),
            Self::ClientApp { .. } => reply,
        }
    }
}

/// The credentials, or the refusal of what can be none.
async fn credentials<'a>(
    app: &App,
    call: &Call,
    tenant: Option<&'a TenantCredentials>,
) -> Result<&'a TenantCredentials, Refusal> {
    match tenant {
        Some(tenant) => Ok(tenant),
        None => Err(app.directory.refuse_tenant(&call.client).await.into()),
    }
}
