//! The engine on made-up facts.

mod locate;
