//! The one binary, `counterfoil`.

fn main() {}
