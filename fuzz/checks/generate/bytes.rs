//! Decisions read from the bytes of an input. At their end the answer is always the first, or no.

/// Bytes that have not been used yet.
pub struct Bytes<'b> {
    rest: &'b [u8],
}

impl<'b> Bytes<'b> {
    pub fn new(rest: &'b [u8]) -> Self {
        Self { rest }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => 0,
        }
    }

    /// Up to so many bytes.
    pub fn take(&mut self, count: usize) -> &'b [u8] {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'b [u8] {
        self.take(self.rest.len())
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    pub fn u64(&mut self) -> u64 {
        (0..8).fold(0, |number, _| number << 8 | u64::from(self.byte()))
    }

    /// A number below `limit`, which is at least 1.
    pub fn below(&mut self, limit: usize) -> usize {
        let number = match limit {
            ..=0x100 => usize::from(self.byte()),
            _ => usize::from(self.u16()),
        };
        number % limit
    }

    /// Whether something happens that does so many times in 256.
    pub fn chance(&mut self, times: u8) -> bool {
        self.byte() > 255 - times
    }

    pub fn choose<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Any double, mostly one that people use.
    pub fn number(&mut self) -> f64 {
        match self.below(8) {
            0 => 0.0,
            1 => f64::from(self.byte()),
            2 => -f64::from(self.byte()),
            3 => f64::from(self.byte()) / 10.0,
            4 => f64::from(self.u16()) * 1e9,
            5 => self.choose(&[
                -0.0,
                0.5,
                1e21,
                1e-7,
                9_007_199_254_740_993.0,
                8.64e15,
                1e308,
            ]),
            6 => self.choose(&[
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
                f64::MIN_POSITIVE,
            ]),
            _ => f64::from_bits(self.u64()),
        }
    }

    /// Any text, as UTF-16: mostly ASCII.
    pub fn utf16(&mut self) -> Vec<u16> {
        let length = match self.below(8) {
            0..=4 => self.below(12),
            5 | 6 => self.below(140),
            _ => self.below(300),
        };
        if self.chance(64) {
            return (0..length).map(|_| self.u16()).collect();
        }
        let bytes = self.take(length).iter().map(|byte| u16::from(byte & 0x7F));
        // One character again and again makes a long text of few bytes.
        let repeat = if self.chance(16) { 60 } else { 1 };
        bytes.clone().cycle().take(bytes.len() * repeat).collect()
    }
}
