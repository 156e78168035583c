//! Why something was not done with a case.

use crate::model::CaseId;

/// Why something was not done with a case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// Missing, or not the caller's, or of another purpose. One variant for all: more would tell which cases there are.
    #[error("unknown case `{0}`: it is not there, or not yours under this purpose")]
    UnknownCase(String),
    /// Missing, or the caller is no party to it.
    #[error("unknown receipt `{0}`: it is not there, or not yours")]
    UnknownReceipt(String),
    /// The case is over: nothing can be added to it.
    #[error("case `{0}` is closed or past its last day: open a new one")]
    Over(CaseId),
    /// The request is wrong, for anyone.
    #[error("{0}")]
    Invalid(String),
    /// It takes a role that the caller does not have.
    #[error("this takes the role {0}")]
    Role(String),
    /// More than one may do in a day.
    #[error("you asked or reported {0} times today, which is as often as one may: go on tomorrow")]
    TooOften(usize),
}
