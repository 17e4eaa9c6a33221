//! The pages of people who cannot be sent on.

use askama::Template;
use shared::{
    error::Reason,
    http::{Fault, Page, Refusal},
    notify::Language,
};

/// The way out of a page.
#[derive(Template)]
#[template(path = "back.html")]
struct Back<'a> {
    url: &'a str,
    text: &'static str,
}

/// What a page says.
type Words = (&'static str, &'static str);

/// The page that tells of a refusal and leads to `url`.
pub(crate) fn of(refusal: Refusal, language: Language, url: &str) -> Page {
    let (heading, text) = words(&refusal, language);
    let back = match language {
        Language::English => "Back to the app",
        Language::Chinese => "返回应用",
    };
    Page::new(language, heading, text).with(&Back { url, text: back }).refusing(refusal)
}

fn words(refusal: &Refusal, language: Language) -> Words {
    match language {
        Language::English => match refusal {
            Refusal::Denied(Reason::Banned) => {
                ("This account is banned", "It cannot be signed in to.")
            }
            Refusal::Denied(_) | Refusal::Answered(_) => (
                "You are not signed in",
                "The sign-in was cancelled, took too long, or was not begun in this browser. \
                 Please try again from the app.",
            ),
            Refusal::Fault(Fault::TooManyRequests { .. }) => (
                "Too many attempts",
                "Too many people tried to sign in from here. Please try again later.",
            ),
            Refusal::Fault(fault) if is_passing(fault) => (
                "This does not work right now",
                "You are not signed in. Please try again in a moment.",
            ),
            Refusal::Fault(_) => ("There is nothing here", "There is no sign-in at this address."),
        },
        Language::Chinese => match refusal {
            Refusal::Denied(Reason::Banned) => ("此账号已被封禁", "无法登录此账号。"),
            Refusal::Denied(_) | Refusal::Answered(_) => {
                ("您尚未登录", "登录已取消、已超时，或不是在此浏览器中发起的。请从应用重新登录。")
            }
            Refusal::Fault(Fault::TooManyRequests { .. }) => {
                ("尝试次数过多", "此处的登录尝试过多，请稍后再试。")
            }
            Refusal::Fault(fault) if is_passing(fault) => {
                ("暂时无法处理", "您尚未登录，请稍后再试。")
            }
            Refusal::Fault(_) => ("这里没有内容", "此地址没有登录入口。"),
        },
    }
}

/// Whether trying again may help.
fn is_passing(fault: &Fault) -> bool {
    match fault {
        Fault::TooManyRequests { .. } | Fault::Internal | Fault::Unavailable { .. } => true,
        Fault::ForeignOrigin
        | Fault::NotFound
        | Fault::MethodNotAllowed
        | Fault::BodyTooLarge
        | Fault::UnsupportedMediaType => false,
    }
}
