//! The wallet.

pub mod command;
pub mod init_check;
pub mod ledger;
pub mod receipt_check;
pub mod response_check;
pub mod settings;
