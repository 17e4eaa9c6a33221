//! Our part in the conversation with a provider: that of a relying party
//! ([OpenID Connect Core 1.0](https://openid.net/specs/openid-connect-core-1_0.html)).
//!
//! Errors of the library may quote what the provider sent, and that holds secrets: none of them is
//! passed on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use openidconnect::{
    AuthType, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse as _,
    core::{
        CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreIdToken, CoreProviderMetadata,
        CoreResponseType,
    },
};
use shared::{
    app::App,
    clock::Seconds,
    config::Stage,
    error::{Error, Outage, Reason},
    provider::Provider,
};

use crate::{
    id_token::{self, Unverified},
    visit::Visit,
    web::{Web, is_safe},
};

/// For so long a provider's documents are used after they were read.
const MAX_AGE: Seconds = 10 * 60;

/// For so long a provider is listened to: the function has to answer in ten seconds.
const PATIENCE: Duration = Duration::from_secs(7);

/// What asks providers, and what they have said of themselves.
#[derive(Debug, Default)]
pub(crate) struct RelyingParty {
    web: Web,
    /// By issuer.
    known: Mutex<HashMap<String, Known>>,
}

#[derive(Clone, Debug)]
struct Known {
    metadata: Arc<CoreProviderMetadata>,
    read: Seconds,
}

/// A provider, and where to find it.
pub(crate) struct Site<'a> {
    provider: &'a Provider,
    metadata: Arc<CoreProviderMetadata>,
    client: Client,
}

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl RelyingParty {
    /// The provider's site.
    ///
    /// # Errors
    ///
    /// [`Outage`] when the provider does not say where it is.
    pub(crate) async fn site<'a>(
        &self,
        app: &App,
        provider: &'a Provider,
    ) -> Result<Site<'a>, Outage> {
        let now = app.clock().now();
        let kept = self.known().get(&provider.issuer).cloned();
        match kept.filter(|known| (known.read..known.read + MAX_AGE).contains(&now)) {
            Some(known) => Site::new(app, provider, known.metadata),
            None => self.site_anew(app, provider).await,
        }
    }

    /// The subject that the provider hands out for a code.
    ///
    /// # Errors
    ///
    /// [`Reason::ArrivalInvalid`] when the provider refuses the code, or its ID token is none for
    /// this visit; [`Outage`] when it does not answer, or not as the standard has it.
    pub(crate) async fn redeem(
        &self,
        app: &App,
        provider: &Provider,
        visit: &Visit,
        code: &str,
    ) -> Result<String, Error> {
        let redeemed = tokio::time::timeout(PATIENCE, async {
            let site = self.site(app, provider).await?;
            let token = self.exchange(app.config.stage, &site, visit, code).await?;
            let now = app.clock().now();
            match site.subject(&token, visit, now) {
                // The provider may have changed its keys since.
                Err(Unverified::Signature) => {
                    let site = self.site_anew(app, provider).await?;
                    site.subject(&token, visit, now).map_err(|_| Reason::ArrivalInvalid.into())
                }
                verified => verified.map_err(|_| Reason::ArrivalInvalid.into()),
            }
        });
        redeemed.await.map_err(|_| Outage::new("the provider takes too long"))?
    }

    async fn site_anew<'a>(&self, app: &App, provider: &'a Provider) -> Result<Site<'a>, Outage> {
        let stage = app.config.stage;
        let issuer = IssuerUrl::new(provider.issuer.clone());
        let issuer = issuer.map_err(|_| Outage::new("a provider's issuer is no URL"))?;
        let sender = self.web.at(stage);
        // This compares the issuer, too.
        let metadata = CoreProviderMetadata::discover_async(issuer, &sender).await;
        let metadata =
            metadata.map_err(|_| Outage::new("a provider's configuration is not there"))?;
        if !is_safe(metadata.authorization_endpoint().url(), stage) {
            return Err(Outage::new("a provider would have people sign in without TLS"));
        }
        let known = Known { metadata: Arc::new(metadata), read: app.clock().now() };
        self.known().insert(provider.issuer.clone(), known.clone());
        Site::new(app, provider, known.metadata)
    }

    async fn exchange(
        &self,
        stage: Stage,
        site: &Site<'_>,
        visit: &Visit,
        code: &str,
    ) -> Result<CoreIdToken, Error> {
        let request = site.client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let request = request.map_err(|_| Outage::new("a provider has no token endpoint"))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(visit.verifier.clone()));
        let sender = self.web.at(stage);
        match request.request_async(&sender).await {
            Ok(response) => {
                let token = response.id_token().cloned();
                token.ok_or_else(|| Outage::new("a provider hands out no ID token").into())
            }
            Err(RequestTokenError::ServerResponse(refusal))
                if *refusal.error() == CoreErrorResponseType::InvalidGrant =>
            {
                Err(Reason::ArrivalInvalid.into())
            }
            Err(RequestTokenError::ServerResponse(_)) => {
                Err(Outage::new("a provider refuses to talk to us").into())
            }
            Err(_) => Err(Outage::new("a provider's token endpoint does not work").into()),
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Site<'a> {
    fn new(
        app: &App,
        provider: &'a Provider,
        metadata: Arc<CoreProviderMetadata>,
    ) -> Result<Self, Outage> {
        let callback = app.config.public_url.as_ref().and_then(|url| {
            RedirectUrl::new(format!("{url}/oauth/{}/callback", provider.name)).ok()
        });
        let callback = callback.ok_or_else(|| Outage::new("no URL for providers to send to"))?;
        let client = CoreClient::from_provider_metadata(
            CoreProviderMetadata::clone(&metadata),
            ClientId::new(provider.client_id.clone()),
            Some(ClientSecret::new(provider.client_secret.clone())),
        );
        let client = client.set_redirect_uri(callback).set_auth_type(auth_type(&metadata));
        Ok(Self { provider, metadata, client })
    }

    /// Where to send the browser for this visit.
    pub(crate) fn authorization_url(&self, visit: &Visit) -> String {
        let verifier = PkceCodeVerifier::new(visit.verifier.clone());
        let (state, nonce) = (visit.state.clone(), visit.nonce.clone());
        let scopes = self.provider.scopes.iter().cloned().map(Scope::new);
        let (url, _, _) = self
            .client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .add_scopes(scopes)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        url.into()
    }

    fn subject(
        &self,
        token: &CoreIdToken,
        visit: &Visit,
        now: Seconds,
    ) -> Result<String, Unverified> {
        let keys = self.metadata.jwks().clone();
        id_token::subject(token, self.provider, keys, &visit.nonce, now)
    }
}

/// How we show who we are: in a header, as the standard has it unless the provider does not.
fn auth_type(metadata: &CoreProviderMetadata) -> AuthType {
    let methods = metadata.token_endpoint_auth_methods_supported();
    let only_post = methods.is_some_and(|methods| {
        methods.contains(&CoreClientAuthMethod::ClientSecretPost)
            && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
    });
    if only_post { AuthType::RequestBody } else { AuthType::BasicAuth }
}
