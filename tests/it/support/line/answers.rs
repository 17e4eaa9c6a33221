//! What a service says that does not do its part.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::{Call, Service};

/// A refusal, in the words of the service's protocol.
pub(super) fn refusal(service: Service, status: u16, code: &str, message: &str) -> HttpResponse {
    let body = match service {
        Service::DynamoDb | Service::Secrets => {
            json!({ "__type": format!("com.amazonaws#{code}"), "message": message }).to_string()
        }
        Service::Ses | Service::Sns => format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>4a1c</RequestId></ErrorResponse>"
        ),
    };
    response(status, body)
}

/// That a transaction was cancelled, for one reason at every write.
pub(super) fn cancelled(call: &Call, code: &str) -> HttpResponse {
    let writes = call.body["TransactItems"].as_array().map_or(0, Vec::len);
    let reasons = vec![json!({ "Code": code, "Message": "not now" }); writes];
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": reasons,
    });
    response(400, body.to_string())
}

/// That nothing of a batch was done.
pub(super) fn unprocessed(call: &Call) -> HttpResponse {
    let items = &call.body["RequestItems"];
    let body: Value = match call.operation.as_str() {
        "BatchGetItem" => json!({ "Responses": {}, "UnprocessedKeys": items }),
        "BatchWriteItem" => json!({ "UnprocessedItems": items }),
        other => panic!("{other} is no batch"),
    };
    response(200, body.to_string())
}

/// The same response, broken off in the middle of its body.
pub(super) fn cut_off(whole: &HttpResponse) -> HttpResponse {
    let body = whole.body().bytes().unwrap_or_default();
    let half = body[..body.len() / 2].to_vec();
    HttpResponse::new(whole.status(), SdkBody::from(half))
}

fn response(status: u16, body: String) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
}
