//! State machines of wallet, merchant, payment gateway, bank and certificate authority.
//!
//! Input + now -> outputs and next deadline. No sockets, no clock, no randomness of their own:
//! the node runs them on real ones, the simulator on virtual ones. Start with [`machine`].

pub mod amount;
pub mod applicant;
pub mod bank;
pub mod bank_link;
pub mod ca;
pub mod conversation;
pub mod dedup;
pub mod event;
pub mod founding;
pub mod gateway;
pub mod identity;
pub mod initiation;
pub mod machine;
pub mod memory;
pub mod merchant;
pub mod records;
pub mod wallet;
