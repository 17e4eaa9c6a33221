//! The words of the pages.

use shared::{error::Reason, notify::Language};

use super::View;

/// What a page says.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) heading: &'static str,
    pub(super) text: &'static str,
    /// The label of the form's button, if there is a form.
    pub(super) button: Option<&'static str>,
    /// The label of the field for a new password.
    pub(super) password: &'static str,
    /// What a new password must be.
    pub(super) rule: &'static str,
}

const fn english(heading: &'static str, text: &'static str, button: Option<&'static str>) -> Words {
    let (password, rule) = ("New password", "8 to 128 characters");
    Words { heading, text, button, password, rule }
}

const fn chinese(heading: &'static str, text: &'static str, button: Option<&'static str>) -> Words {
    let (password, rule) = ("新密码", "8 至 128 个字符");
    Words { heading, text, button, password, rule }
}

impl Words {
    pub(super) fn of(view: View, language: Language) -> &'static Self {
        match language {
            Language::English => Self::in_english(view),
            Language::Chinese => Self::in_chinese(view),
        }
    }

    fn in_english(view: View) -> &'static Self {
        match view {
            View::Activate => {
                &const {
                    english(
                        "Activate your account",
                        "Press the button to confirm that this email address is yours.",
                        Some("Activate the account"),
                    )
                }
            }
            View::Activated => {
                &const {
                    english(
                        "Your account is active",
                        "You can sign in now. You may close this page.",
                        None,
                    )
                }
            }
            View::ChoosePassword { .. } => {
                &const {
                    english(
                        "Choose a new password",
                        "There is an account with this email address, and nobody has confirmed yet \
                     that the address is theirs. Choose a new password to make the account yours. \
                     Whoever used it before will be signed out.",
                        Some("Set the password"),
                    )
                }
            }
            View::PasswordSet => {
                &const {
                    english(
                        "The account is yours",
                        "You can sign in with your new password now.",
                        None,
                    )
                }
            }
            View::Cancel => {
                &const {
                    english(
                        "This was not you?",
                        "Press the button to withdraw the registration. If it has made an account \
                     already, the account will be deleted.",
                        Some("This was not me"),
                    )
                }
            }
            View::Cancelled => {
                &const {
                    english(
                        "The registration is withdrawn",
                        "Nothing is left of it. You may close this page.",
                        None,
                    )
                }
            }
            View::Invalid => {
                &const {
                    english(
                        "This link is not valid",
                        "It may be too old, or was withdrawn, or was not copied as a whole. Register \
                     again to get a new one.",
                        None,
                    )
                }
            }
            View::Taken => {
                &const {
                    english(
                        "There is an account already",
                        "This email address has an account. Sign in with its password. If you did not \
                     make it, open the other link of the mail, which says that this was not you.",
                        None,
                    )
                }
            }
            View::TryLater => {
                &const {
                    english(
                        "This does not work right now",
                        "Nothing has changed. Please try again in a moment.",
                        None,
                    )
                }
            }
        }
    }

    fn in_chinese(view: View) -> &'static Self {
        match view {
            View::Activate => {
                &const {
                    chinese("激活您的账号", "请点击按钮，确认此邮箱地址属于您。", Some("激活账号"))
                }
            }
            View::Activated => {
                &const {
                    chinese("您的账号已激活", "您现在可以登录，并可关闭此页面。", None)
                }
            }
            View::ChoosePassword { .. } => {
                &const {
                    chinese(
                        "设置新密码",
                        "已有账号使用此邮箱地址，但尚无人确认过该地址的归属。设置新密码后，该账号即归您\
                     所有，此前使用该账号的人将被强制退出。",
                        Some("设置密码"),
                    )
                }
            }
            View::PasswordSet => {
                &const {
                    chinese("账号已归您所有", "您现在可以使用新密码登录。", None)
                }
            }
            View::Cancel => {
                &const {
                    chinese(
                        "不是您本人的操作？",
                        "点击按钮将撤销此次注册。如已创建账号，账号也会被删除。",
                        Some("这不是我本人的操作"),
                    )
                }
            }
            View::Cancelled => {
                &const {
                    chinese("注册已撤销", "此次注册的数据已全部清除，您可以关闭此页面。", None)
                }
            }
            View::Invalid => {
                &const {
                    chinese(
                        "链接无效",
                        "链接可能已过期、已撤销，或复制不完整。请重新注册以获取新的链接。",
                        None,
                    )
                }
            }
            View::Taken => {
                &const {
                    chinese(
                        "账号已存在",
                        "此邮箱地址已有账号，请使用该账号的密码登录。如果账号不是您创建的，请打开邮件中的\
                     另一个链接，表明不是您本人的操作。",
                        None,
                    )
                }
            }
            View::TryLater => {
                &const { chinese("暂时无法处理", "没有任何更改，请稍后再试。", None) }
            }
        }
    }
}

/// Why a chosen password is refused.
pub(super) const fn problem(reason: Reason, language: Language) -> &'static str {
    match (reason, language) {
        (Reason::PasswordTooEasy, Language::English) => {
            "This password is one of those that are guessed first. Choose another one."
        }
        (Reason::PasswordTooEasy, Language::Chinese) => {
            "此密码过于常见，容易被猜到，请换一个密码。"
        }
        (_, Language::English) => "The password must have 8 to 128 characters.",
        (_, Language::Chinese) => "密码必须为 8 至 128 个字符。",
    }
}
