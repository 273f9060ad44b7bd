//! Which party listens where: two ports each, one after the other, in the order of starting.

use super::plan::PARTIES;

/// The ports of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    base: u16,
}

impl Ports {
    /// How many ports a deployment takes.
    pub const COUNT: u16 = PARTIES.len() as u16 * 2;

    /// The ports from `base` on; `None` when there are not enough.
    pub fn from(base: u16) -> Option<Self> {
        (1024..=u16::MAX - Self::COUNT).contains(&base).then_some(Self { base })
    }

    /// The ports of a party: for its peers, and for its operator.
    pub fn of(self, party: &str) -> (u16, u16) {
        let place = PARTIES.iter().position(|(name, _)| *name == party).unwrap_or(0);
        let first = self.base + u16::try_from(place).unwrap_or(0) * 2;
        (first, first + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_party_has_two_ports() {
        let ports = Ports::from(7400).unwrap();
        assert_eq!(ports.of("root-ca"), (7400, 7401));
        assert_eq!(ports.of("merchant"), (7414, 7415));
        assert_eq!(Ports::from(80), None);
        assert_eq!(Ports::from(65_530), None);
    }
}
