//! From a captured frame to what TCP sees: link layers, IP, fragments.

pub mod fragment;
pub mod ip;
pub mod link;
