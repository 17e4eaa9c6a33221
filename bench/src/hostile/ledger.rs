//! What was sent, against what may be.

use std::{collections::BTreeMap, net::IpAddr};

use http::Response;
use local::{Kind, Message};
use serde_json::Value;

use crate::{attack::Attack, target::SMS_PER_DAY};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// When something was sent, for each of those who were sent it or who caused it.
type Times<K> = BTreeMap<K, Vec<i64>>;

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    mails: Times<String>,
    sms: Times<String>,
    sms_of_source: Times<IpAddr>,
    sms_of_everybody: Times<()>,
    /// Mails and messages to recipients that are none.
    strays: u32,
    requests: u32,
    failures: u32,
}

/// A budget, and the most that it ever gave.
struct Row {
    budget: &'static str,
    allowed: usize,
    most: usize,
}

impl Ledger {
    pub(crate) fn answered(&mut self, attack: &Attack, reply: &Response<Vec<u8>>, now: i64) {
        self.requests += 1;
        self.failures += u32::from(reply.status().is_server_error());
        let body: Value = serde_json::from_slice(reply.body()).unwrap_or_default();
        if attack.wants_sms && body.get("state") == Some(&200.into()) {
            self.sms_of_source.entry(attack.source).or_default().push(now);
        }
    }

    pub(crate) fn sent(&mut self, message: &Message, now: i64) {
        let to = message.to.clone();
        match message.kind {
            Kind::Mail => {
                let is_victim = to.starts_with("victim") && to.ends_with("@example.com");
                self.strays += u32::from(!is_victim || to.matches('@').count() != 1);
                self.mails.entry(to).or_default().push(now);
            }
            Kind::Sms => {
                self.strays += u32::from(!to.starts_with("+861380013"));
                self.sms.entry(to).or_default().push(now);
                self.sms_of_everybody.entry(()).or_default().push(now);
            }
        }
    }

    fn rows(&self) -> [Row; 7] {
        let row = |budget, allowed, most| Row { budget, allowed, most };
        [
            row("SMS to one number in 60 s", 1, most(&self.sms, MINUTE)),
            row("SMS to one number in a day", 5, most(&self.sms, DAY)),
            row("SMS by one client address in a day", 20, most(&self.sms_of_source, DAY)),
            row(
                "SMS to everybody in a day",
                SMS_PER_DAY as usize,
                most(&self.sms_of_everybody, DAY),
            ),
            row("mails to one address in 60 s", 1, most(&self.mails, MINUTE)),
            row("mails to one address in a day", 5, most(&self.mails, DAY)),
            row("mails and SMS to anyone else", 0, self.strays as usize),
        ]
    }

    /// Whether nothing was sent beyond a budget, something within, and no request failed.
    pub(crate) fn holds(&self) -> bool {
        let within = self.rows().iter().all(|row| row.most <= row.allowed);
        within && self.failures == 0 && !self.mails.is_empty() && !self.sms.is_empty()
    }

    pub(crate) fn report(&self) -> String {
        let mut text = format!("{:<36} {:>8} {:>8}\n", "budget", "allowed", "most");
        for Row { budget, allowed, most } in self.rows() {
            let verdict = if most > allowed { "  exceeded" } else { "" };
            text += &format!("{budget:<36} {allowed:>8} {most:>8}{verdict}\n");
        }
        let sent = |times: &Times<String>| times.values().map(Vec::len).sum::<usize>();
        let (mails, sms) = (sent(&self.mails), sent(&self.sms));
        text += &format!(
            "\n{} requests in two days: {mails} mails, {sms} SMS; 5xx: {}",
            self.requests, self.failures
        );
        text
    }
}

/// The most that fell into one window, each of which opens with the first event after the one
/// before it.
fn most<K>(times: &Times<K>, window: i64) -> usize {
    let of_one = |times: &Vec<i64>| {
        let (mut opened, mut count, mut most) = (i64::MIN, 0, 0);
        for &time in times {
            if opened == i64::MIN || time >= opened + window {
                (opened, count) = (time, 0);
            }
            count += 1;
            most = most.max(count);
        }
        most
    };
    times.values().map(of_one).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Times, most};

    #[test]
    fn a_window_opens_with_its_first_event_and_closes_after_its_length() {
        let times: Times<u8> = [(1, vec![0, 59, 60, 119, 120]), (2, vec![5])].into();
        assert_eq!((most(&times, 60), most(&times, 1), most(&times, 1000)), (2, 1, 5));
        assert_eq!(most(&Times::<u8>::new(), 60), 0);
    }
}
