//! Who may do what in a conversation.

use time::OffsetDateTime;
use uuid::Uuid;

/// Members of a conversation.
pub const MAX_MEMBERS: usize = 100;
/// Characters of a title.
pub const MAX_TITLE: usize = 100;

/// Some users who talk.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    pub id: Uuid,
    pub creator_id: Uuid,
    /// Of two, for ever.
    pub direct: bool,
    pub title: String,
    /// Sorted by user.
    pub members: Vec<Member>,
    pub create_time: OffsetDateTime,
    pub last_sequence: i64,
}

/// Somebody in a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub user_id: Uuid,
    /// Messages up to this one were said before, and are not for this member.
    pub joined_after: i64,
    pub delivered: i64,
    pub read: i64,
}

/// What a receipt tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptKind {
    Delivered,
    Read,
}

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A conversation of two stays one.
    Direct,
    /// There are as many members as there can be.
    Full,
    /// Only who began the conversation ends memberships of others.
    NotCreator,
}

impl Conversation {
    /// The member, if it is one.
    pub fn member(&self, user_id: Uuid) -> Option<&Member> {
        self.members.iter().find(|member| member.user_id == user_id)
    }

    /// All members.
    pub fn member_ids(&self) -> Vec<Uuid> {
        self.members.iter().map(|member| member.user_id).collect()
    }

    /// All members but one.
    pub fn others(&self, user_id: Uuid) -> Vec<Uuid> {
        self.members.iter().map(|member| member.user_id).filter(|other| *other != user_id).collect()
    }

    /// Whether one more can be added, by any member.
    pub fn may_add(&self) -> Result<(), Refusal> {
        if self.direct {
            return Err(Refusal::Direct);
        }
        if self.members.len() >= MAX_MEMBERS {
            return Err(Refusal::Full);
        }
        Ok(())
    }

    /// Whether a member may end a membership: one's own always, others' as the creator of a group.
    pub fn may_end(&self, caller_id: Uuid, user_id: Uuid) -> Result<(), Refusal> {
        match caller_id == user_id {
            true => Ok(()),
            false if self.direct => Err(Refusal::Direct),
            false if caller_id != self.creator_id => Err(Refusal::NotCreator),
            false => Ok(()),
        }
    }
}

impl Member {
    /// Who has just come: nothing is received yet.
    pub fn joining(user_id: Uuid, joined_after: i64) -> Self {
        Member { user_id, joined_after, delivered: 0, read: 0 }
    }

    /// The member after a receipt; `None` if it tells nothing new. What was read was received too.
    pub fn after_receipt(&self, kind: ReceiptKind, sequence: i64) -> Option<Member> {
        let delivered = self.delivered.max(sequence);
        let changed = match kind {
            ReceiptKind::Delivered => Member { delivered, ..self.clone() },
            ReceiptKind::Read => Member { delivered, read: self.read.max(sequence), ..self.clone() },
        };
        (changed != *self).then_some(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATOR: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn conversation(direct: bool, members: u128) -> Conversation {
        Conversation {
            id: Uuid::now_v7(),
            creator_id: CREATOR,
            direct,
            title: String::new(),
            members: (1..=members).map(|number| Member::joining(Uuid::from_u128(number), 0)).collect(),
            create_time: OffsetDateTime::UNIX_EPOCH,
            last_sequence: 9,
        }
    }

    #[test]
    fn receipts_only_grow_and_reading_is_receiving() {
        let member = Member { delivered: 5, read: 3, ..Member::joining(OTHER, 0) };
        for (kind, sequence, expected) in [
            (ReceiptKind::Delivered, 5, None),
            (ReceiptKind::Delivered, 6, Some((6, 3))),
            (ReceiptKind::Read, 3, None),
            (ReceiptKind::Read, 4, Some((5, 4))),
            (ReceiptKind::Read, 8, Some((8, 8))),
        ] {
            let changed = member.after_receipt(kind, sequence).map(|changed| (changed.delivered, changed.read));
            assert_eq!(changed, expected, "{kind:?} {sequence}");
        }
    }

    #[test]
    fn two_stay_two_and_groups_have_an_end() {
        assert_eq!(conversation(true, 2).may_add(), Err(Refusal::Direct));
        assert_eq!(conversation(false, 99).may_add(), Ok(()));
        assert_eq!(conversation(false, 100).may_add(), Err(Refusal::Full));
    }

    #[test]
    fn everybody_leaves_and_the_creator_ends_memberships() {
        let group = conversation(false, 3);
        assert_eq!(group.may_end(OTHER, OTHER), Ok(()));
        assert_eq!(group.may_end(CREATOR, OTHER), Ok(()));
        assert_eq!(group.may_end(OTHER, CREATOR), Err(Refusal::NotCreator));
        assert_eq!(conversation(true, 2).may_end(CREATOR, OTHER), Err(Refusal::Direct));
    }
}
