//! The message type indicator: four digits that say what a message is (ISO 8583:1987 section 3).

use std::fmt;

/// A message type of version 0 (1987): class, function and origin.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mti([u8; 4]);

/// Why four characters are no message type of ISO 8583:1987.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MtiProblem {
    /// Not four digits.
    NotDigits,
    /// Another version of ISO 8583 (1 is 1993, 2 is 2003, 9 is private).
    Version(u8),
}

impl Mti {
    /// Authorization request.
    pub const AUTHORIZATION: Self = Self(*b"0100");
    /// Authorization request response.
    pub const AUTHORIZATION_RESPONSE: Self = Self(*b"0110");
    /// Authorization advice.
    pub const AUTHORIZATION_ADVICE: Self = Self(*b"0120");
    /// Financial transaction request.
    pub const FINANCIAL: Self = Self(*b"0200");
    /// Financial transaction request response.
    pub const FINANCIAL_RESPONSE: Self = Self(*b"0210");
    /// Financial transaction advice.
    pub const FINANCIAL_ADVICE: Self = Self(*b"0220");
    /// Reversal request.
    pub const REVERSAL: Self = Self(*b"0400");
    /// Reversal advice.
    pub const REVERSAL_ADVICE: Self = Self(*b"0420");
    /// Network management request.
    pub const NETWORK: Self = Self(*b"0800");
    /// Network management request response.
    pub const NETWORK_RESPONSE: Self = Self(*b"0810");

    /// Reads four ASCII digits.
    ///
    /// # Errors
    /// [`MtiProblem`] when they are not digits or name another version.
    pub fn parse(digits: &[u8]) -> Result<Self, MtiProblem> {
        let digits: [u8; 4] = digits.try_into().map_err(|_| MtiProblem::NotDigits)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(MtiProblem::NotDigits);
        }
        if digits[0] != b'0' {
            return Err(MtiProblem::Version(digits[0] - b'0'));
        }
        Ok(Self(digits))
    }

    /// The four digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("invariant: a message type is ASCII digits")
    }

    /// Whether this is a repeat (`0101`, `0421`): the last digit is odd.
    pub fn is_repeat(self) -> bool {
        self.0[3] % 2 == 1
    }

    /// What was sent first: `0421` -> `0420`, anything else is itself.
    #[must_use]
    pub fn first_sent(self) -> Self {
        let [version, class, function, origin] = self.0;
        Self([version, class, function, origin - u8::from(self.is_repeat())])
    }

    /// What is sent when no answer came: `0420` -> `0421`, a repeat is itself.
    #[must_use]
    pub fn repeat(self) -> Self {
        let Self([version, class, function, origin]) = self.first_sent();
        Self([version, class, function, origin + 1])
    }

    /// Whether this asks for an answer: the third digit is even (request, advice).
    pub fn is_request(self) -> bool {
        (self.0[2] - b'0').is_multiple_of(2)
    }

    /// The answer's type: `0100` and `0101` -> `0110`, `0420` and `0421` -> `0430`. An answer is
    /// its own answer.
    #[must_use]
    pub fn answer(self) -> Self {
        if !self.is_request() {
            return self;
        }
        let [version, class, function, _] = self.0;
        Self([version, class, function + 1, b'0'])
    }

    /// What the type is called.
    pub fn name(self) -> &'static str {
        match &self.first_sent().0 {
            b"0100" => "authorization request",
            b"0110" => "authorization request response",
            b"0120" => "authorization advice",
            b"0130" => "authorization advice response",
            b"0200" => "financial request",
            b"0210" => "financial request response",
            b"0220" => "financial advice",
            b"0230" => "financial advice response",
            b"0400" => "reversal request",
            b"0410" => "reversal request response",
            b"0420" => "reversal advice",
            b"0430" => "reversal advice response",
            b"0800" => "network management request",
            b"0810" => "network management request response",
            _ => "other message",
        }
    }
}

impl fmt::Display for Mti {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Mti {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mti(digits: &str) -> Mti {
        Mti::parse(digits.as_bytes()).unwrap()
    }

    #[test]
    fn repeats_and_answers_follow_the_digits() {
        let rows: Vec<String> = ["0100", "0101", "0120", "0121", "0220", "0421", "0800", "0810"]
            .iter()
            .map(|digits| mti(digits))
            .map(|m| {
                format!("{m} first {} repeat {} answer {}", m.first_sent(), m.repeat(), m.answer())
            })
            .collect();
        expect_test::expect![[r#"
            0100 first 0100 repeat 0101 answer 0110
            0101 first 0100 repeat 0101 answer 0110
            0120 first 0120 repeat 0121 answer 0130
            0121 first 0120 repeat 0121 answer 0130
            0220 first 0220 repeat 0221 answer 0230
            0421 first 0420 repeat 0421 answer 0430
            0800 first 0800 repeat 0801 answer 0810
            0810 first 0810 repeat 0811 answer 0810"#]]
        .assert_eq(&rows.join("\n"));
    }

    #[test]
    fn any_four_digits_of_version_0_have_answers_and_repeats() {
        for number in 0..1000 {
            let digits = format!("0{number:03}");
            let mti = mti(&digits);
            assert!(Mti::parse(mti.answer().as_str().as_bytes()).is_ok());
            assert!(Mti::parse(mti.repeat().as_str().as_bytes()).is_ok());
        }
    }

    #[test]
    fn refuses_other_versions_and_other_characters() {
        assert_eq!(Mti::parse(b"1100"), Err(MtiProblem::Version(1)));
        assert_eq!(Mti::parse(b"01x0"), Err(MtiProblem::NotDigits));
        assert_eq!(Mti::parse(b"010"), Err(MtiProblem::NotDigits));
    }
}
