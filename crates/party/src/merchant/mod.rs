//! The merchant.

pub mod command;
mod gateway_call;
pub mod ledger;
pub mod order;
pub mod order_check;
pub mod settings;
mod shop;
