//! A deployment on disk: what its folders hold, and parties made from them.
//!
//! [`plan`] makes a deployment, [`material`] reads what a party has, [`load`] makes parties from
//! it, [`offline`] runs one without network. Names of files stand in [`layout`] and nowhere else.

pub mod api;
pub mod api_token;
mod draft;
pub mod error;
pub mod fetch;
pub mod layout;
pub mod load;
pub mod material;
pub mod offline;
pub mod plan;
pub mod ports;
pub mod registration;
pub mod running;
pub mod serve;
pub mod session;
pub mod shop_api;
mod symmetric_key;
pub mod test_card;
pub mod vault;

pub use error::DeploymentError;
pub use material::Material;
