//! Requests to AWS over a connection of their own.

use aws_sdk_sns::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut,
    },
    error::BoxError,
};

/// Has a client keep no connection, for calls that must not be made twice: one that was kept while
/// the function was frozen is often dead, and would make the one attempt fail.
#[derive(Clone, Copy, Debug)]
pub struct FreshConnection;

impl Intercept for FreshConnection {
    fn name(&self) -> &'static str {
        "fresh connection"
    }

    /// Comes after signing: a proxy may drop the header, which the signature must survive.
    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().insert("connection", "close");
        Ok(())
    }
}
