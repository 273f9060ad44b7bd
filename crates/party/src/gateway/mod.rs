//! The payment gateway: between the merchants' SET and the bank's ISO 8583.

pub mod judge;
pub mod ledger;
