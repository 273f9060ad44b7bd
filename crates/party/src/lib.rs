//! State machines of wallet, merchant, payment gateway, bank and certificate authority.
