//! The request that is being answered, for its record.
//!
//! It is kept beside the task that answers it: every read then has it, without each handler handing it on.

use std::cell::RefCell;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json};

use crate::audit::{TRACEPARENT, TraceParent};

tokio::task_local! {
    static ASKED: RefCell<Value>;
}

/// Keeps method, path and query of a request, and the trace of its caller, while it is answered.
pub async fn keep(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let mut asked = json!({
        "method": request.method().as_str(),
        "path": uri.path(),
        "query": uri.query(),
    });
    let header = request.headers().get("traceparent");
    let caller = header.and_then(|value| value.to_str().ok()?.parse::<TraceParent>().ok());
    if let (Some(caller), Some(parts)) = (caller, asked.as_object_mut()) {
        parts.insert(TRACEPARENT.to_owned(), caller.to_string().into());
    }
    ASKED.scope(RefCell::new(asked), next.run(request)).await
}

/// Adds the body, once it has been read. Called after the caller is known: nothing is kept of who does not come in.
pub fn keep_body(bytes: &[u8]) {
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let kept = ASKED.try_with(|asked| {
        if let Some(parts) = asked.borrow_mut().as_object_mut() {
            parts.insert("body".to_owned(), body);
        }
    });
    if kept.is_err() {
        tracing::debug!("a body outside a request has no record to stand in");
    }
}

/// What is being answered, without its body: what people write into cases is kept there, and forgotten there.
pub fn asked_without_body() -> Option<Value> {
    let mut asked = asked()?;
    asked.as_object_mut()?.shift_remove("body");
    Some(asked)
}

/// What is being answered.
pub fn asked() -> Option<Value> {
    ASKED.try_with(|asked| asked.borrow().clone()).ok()
}
