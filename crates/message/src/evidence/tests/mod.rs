//! Tests of the evidence file: octets in, text out.

mod damage;
mod dates;
mod exporting;
mod golden;
mod openssl;
mod page;
mod payment;
mod receipts;
mod reversals;
mod rules;
mod world;
