// SPDX-License-Identifier: GPL-2.0

//! Commands that wait for their answer.
//!
//! NVMe Base 2.0, 5. Each ends by the device, by its timeout, or by a drain: never not at all.

use crate::{
    controller::Ctrl,
    nvme::{
        admin::Cns,
        command::Command,
        identify::{
            self,
            CommandSetLimits,
            Controller, //
        },
        lifecycle::State,
        opcode,
        reg::Vs,
        status::Status, //
    }, //
};
use kernel::{
    prelude::*,
    time::Delta, //
};
use rnvme_abs::{
    blk_mq::Tag,
    counter,
    pci::Live, //
};

/// How long a controller may take for an admin command while it is brought up again.
const RESTART_PATIENCE: Delta = Delta::from_secs(15);

/// A zeroed buffer for an Identify structure.
pub(crate) fn buffer() -> Result<KVec<u8>> {
    Ok(KVec::from_elem(0u8, identify::BYTES, GFP_KERNEL)?)
}

impl<'b> Ctrl<'b> {
    /// Runs `cmd`, with data from the device into `data`. The status, and dwords 0 and 1.
    ///
    /// # Errors
    ///
    /// That of the block layer where the device did not answer.
    pub(crate) fn run(
        &self,
        at: Live<'b>,
        cmd: &Command,
        data: &mut [u8],
    ) -> Result<(Status, u64)> {
        if data.is_empty() || data.len() >= identify::BYTES {
            return self.run_with(at, cmd, data);
        }
        // There are devices that write a whole page whatever they are asked for: they get one.
        let mut page = buffer()?;
        let asked = page.get_mut(..data.len()).ok_or(EINVAL)?;
        let result = self.run_with(at, cmd, asked)?;
        for (to, from) in data.iter_mut().zip(page.iter()) {
            *to = *from;
        }
        if page.iter().skip(data.len()).any(|byte| *byte != 0) && counter::may_print() {
            let (name, len) = (opcode::name(opcode::Set::Admin, cmd.opcode()), data.len());
            dev_warn!(
                at.device(),
                "{name}: the controller has written beyond the {len} bytes that it was asked for\n"
            );
        }
        Ok(result)
    }

    /// As [`run`](Self::run), into this memory.
    fn run_with(&self, at: Live<'b>, cmd: &Command, data: &mut [u8]) -> Result<(Status, u64)> {
        let queue = self.admin_queue.as_ref().ok_or(ENODEV)?;
        let rq = queue.alloc(at, false, Tag::Wait, self.admin_timeout())?;
        let pdu = rq.run(cmd, data)?;
        Ok((Status::from_bits(pdu.status), pdu.result))
    }

    /// After how long an admin command times out. A controller that is being brought up again is not
    /// waited for as long: another attempt follows.
    pub(crate) fn admin_timeout(&self) -> Delta {
        let setting = self.shared.settings.admin_timeout.seconds();
        match self.shared.state() {
            State::Connecting if setting.as_millis() > RESTART_PATIENCE.as_millis() => {
                RESTART_PATIENCE
            }
            _ => setting,
        }
    }

    /// As [`run`](Self::run), for a command that must succeed: dwords 0 and 1. `EPROTO` and a message
    /// where it does not.
    pub(crate) fn must(&self, at: Live<'b>, cmd: &Command, data: &mut [u8]) -> Result<u64> {
        let name = opcode::name(opcode::Set::Admin, cmd.opcode());
        match self.run(at, cmd, data) {
            Ok((status, result)) if status.is_success() => Ok(result),
            Ok((status, _)) => {
                dev_err!(at.device(), "{name} failed: {status}\n");
                Err(EPROTO)
            }
            Err(e) => {
                dev_err!(at.device(), "{name} was not answered\n");
                Err(e)
            }
        }
    }

    /// Reads Identify Controller.
    pub(crate) fn identify(&self, at: Live<'b>) -> Result<Controller> {
        let mut data = buffer()?;
        self.must(at, &Command::identify(Cns::CONTROLLER, 0, 0), &mut data)?;
        Controller::parse(&data, self.registers.cap.page_min_log2()).map_err(|e| {
            dev_err!(at.device(), "identify controller makes no sense: {e}\n");
            EIO
        })
    }

    /// Reads the limits of commands that move no data; none where the controller knows no such
    /// structure.
    pub(crate) fn command_set_limits(&self, at: Live<'b>) -> Result<CommandSetLimits> {
        if self.registers.version() < Vs::V1_3 {
            return Ok(CommandSetLimits::default());
        }
        let mut data = buffer()?;
        let (status, _) = self.run(at, &Command::identify(Cns::CONTROLLER_CSI, 0, 0), &mut data)?;
        if !status.is_success() {
            return Ok(CommandSetLimits::default());
        }
        Ok(CommandSetLimits::parse(&data))
    }
}
