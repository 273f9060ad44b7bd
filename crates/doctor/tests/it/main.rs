//! The engine on made-up facts.

mod between;
mod locate;
mod made;
mod operation;
