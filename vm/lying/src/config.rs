// SPDX-License-Identifier: GPL-2.0
//! The configuration space: an NVMe function on PCI Express, with MSI-X and function level reset.
//!
//! PCI Express Base Specification, 7.5 (type 0 header), 7.5.3 (PCI Express capability), 7.7.2 (MSI-X).

/// Bytes of an extended configuration space.
pub const BYTES: usize = 4096;

/// Where MSI-X has its table and its pending bits in BAR 0.
pub const TABLE_OFFSET: u32 = 0x2000;
pub const PENDING_OFFSET: u32 = 0x3000;

/// QEMU's vendor for devices that are nobody's, and a number that nobody else uses.
const VENDOR: u16 = 0x1234;
const DEVICE: u16 = 0x11e5;

const COMMAND: usize = 0x04;
const CAPABILITIES: usize = 0x34;
const POWER: usize = 0x40;
const EXPRESS: usize = 0x50;
const MSIX: usize = 0x90;
/// Device Control of the PCI Express capability, and its bit that asks for a function level reset.
const DEVICE_CONTROL: usize = EXPRESS + 8;
const FUNCTION_RESET: u8 = 1 << 7;

/// The configuration space, with a mask of the bits that the host may write.
pub struct Config {
    bytes: Box<[u8; BYTES]>,
    masks: Box<[u8; BYTES]>,
    vectors: u16,
}

impl Config {
    pub fn new(vectors: u16) -> Self {
        let mut config = Self {
            bytes: Box::new([0; BYTES]),
            masks: Box::new([0; BYTES]),
            vectors,
        };
        config.reset();
        config
    }

    /// As after power on, and after a function level reset.
    pub fn reset(&mut self) {
        self.bytes.fill(0);
        self.masks.fill(0);
        self.put(0x00, &VENDOR.to_le_bytes());
        self.put(0x02, &DEVICE.to_le_bytes());
        // Memory space, bus mastering, parity, SERR, no INTx.
        self.allow(COMMAND, &[0x46, 0x05]);
        // There is a list of capabilities.
        self.put(0x06, &[0x10]);
        // Revision; class: NVMe I/O controller.
        self.put(0x08, &[1, 0x02, 0x08, 0x01]);
        self.allow(0x0c, &[0xff]);
        // BAR 0: memory, 64 bits.
        self.put(0x10, &[4]);
        self.put(0x2c, &VENDOR.to_le_bytes());
        self.put(0x2e, &DEVICE.to_le_bytes());
        self.put(CAPABILITIES, &[POWER as u8]);
        self.allow(0x3c, &[0xff]);
        // Power management, version 3, states D0 and D3hot without a reset between them.
        self.put(POWER, &[0x01, EXPRESS as u8, 0x03, 0x00, 0x08]);
        self.allow(POWER + 4, &[0x03]);
        // PCI Express, version 2: an endpoint that can be reset (bit 28).
        self.put(EXPRESS, &[0x10, MSIX as u8, 0x02, 0x00]);
        self.put(EXPRESS + 4, &0x1000_8001u32.to_le_bytes());
        self.allow(DEVICE_CONTROL, &[0xff, 0x7f]);
        // Link: 2.5 GT/s, one lane, and that is what it has.
        self.put(EXPRESS + 12, &0x0000_0011u32.to_le_bytes());
        self.put(EXPRESS + 18, &0x0011u16.to_le_bytes());
        self.allow(EXPRESS + 16, &[0xfb, 0x00]);
        self.put(MSIX, &[0x11, 0x00]);
        self.put(MSIX + 2, &(self.vectors - 1).to_le_bytes());
        self.allow(MSIX + 3, &[0xc0]);
        self.put(MSIX + 4, &TABLE_OFFSET.to_le_bytes());
        self.put(MSIX + 8, &PENDING_OFFSET.to_le_bytes());
    }

    fn put(&mut self, at: usize, value: &[u8]) {
        self.bytes[at..at + value.len()].copy_from_slice(value);
    }

    fn allow(&mut self, at: usize, mask: &[u8]) {
        self.masks[at..at + mask.len()].copy_from_slice(mask);
    }

    pub fn read(&self, offset: u64, data: &mut [u8]) {
        for (at, byte) in (offset as usize..).zip(data) {
            *byte = self.bytes.get(at).copied().unwrap_or(0xff);
        }
    }

    /// Whether the write asks for a function level reset.
    pub fn write(&mut self, offset: u64, data: &[u8]) -> bool {
        let mut asks_for_reset = false;
        for (at, &value) in (offset as usize..).zip(data) {
            let Some(mask) = self.masks.get(at).copied() else {
                continue;
            };
            self.bytes[at] = (self.bytes[at] & !mask) | (value & mask);
            // The bit reads as zero: it is bit 15 of the register.
            if at == DEVICE_CONTROL + 1 && value & FUNCTION_RESET != 0 {
                asks_for_reset = true;
            }
        }
        asks_for_reset
    }

    /// Whether the function may write to memory, interrupts among it.
    pub fn is_bus_master(&self) -> bool {
        self.bytes[COMMAND] & 4 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_written_is() {
        let mut config = Config::new(9);
        assert!(!config.write(0, &[0xff; 64]));
        let mut head = [0; 12];
        config.read(0, &mut head);
        assert_eq!(&head[..4], &[0x34, 0x12, 0xe5, 0x11]);
        assert_eq!(&head[4..6], &[0x46, 0x05]);
        assert_eq!(&head[9..12], &[0x02, 0x08, 0x01]);
        assert!(config.is_bus_master());
        config.reset();
        assert!(!config.is_bus_master());
    }

    #[test]
    fn capabilities_form_a_list_that_ends() {
        let config = Config::new(9);
        let mut all = vec![0; BYTES];
        config.read(0, &mut all);
        let (mut at, mut seen) = (all[CAPABILITIES] as usize, Vec::new());
        while at != 0 && seen.len() < 48 {
            seen.push(all[at]);
            at = all[at + 1] as usize;
        }
        assert_eq!(seen, [0x01, 0x10, 0x11]);
        assert_eq!(all[MSIX + 2], 8);
    }

    #[test]
    fn a_function_reset_is_asked_for_by_one_bit() {
        let mut config = Config::new(1);
        assert!(!config.write(DEVICE_CONTROL as u64, &[0x10, 0x28]));
        assert!(config.write(DEVICE_CONTROL as u64, &[0x10, 0xa8]));
        let mut control = [0; 2];
        config.read(DEVICE_CONTROL as u64, &mut control);
        assert_eq!(control[1] & 0x80, 0);
    }
}
