/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What approveEnrollment takes. */
export type ApproveEnrollmentInput = {
  /** The pending enrollment. */
  enrollmentId: string | number;
  /** Names this request, 1 to 190 printable ASCII characters; a retry sends the same. */
  idempotencyKey: string;
};

/** What approvePayoutBatch takes. */
export type ApprovePayoutBatchInput = {
  /** The content hash of the batch the approver looked at. */
  contentHash: string;
  /** Names this request, 1 to 190 printable ASCII characters; a retry sends the same. */
  idempotencyKey: string;
  /** The batch. */
  payoutBatchId: string | number;
};

/** The kind of touch that won. */
export type AttributionMethod =
  /** A click id. */
  | 'CLICK'
  /** A coupon. */
  | 'COUPON'
  /** The customer was bound earlier. */
  | 'CUSTOMER'
  /** A link code sent with the conversion. */
  | 'LINK'
  /** Nobody won. */
  | 'NONE';

/** The state of a payout batch. */
export type BatchState =
  /** May be paid. */
  | 'APPROVED'
  /** Given up before the first attempt. */
  | 'CANCELED'
  /** Proven against the rail. */
  | 'CLOSED'
  /** Planned; amounts are reserved. */
  | 'DRAFT'
  /** Is being paid. */
  | 'EXECUTING'
  /** Waits; see the reason. */
  | 'PAUSED'
  /** All payouts have an end; being compared with the rail. */
  | 'RECONCILING';

/** Why a line exists. */
export type CommissionKind =
  /** A goal was met in a period; made when the period closes. */
  | 'BONUS'
  /** A conversion earned it. */
  | 'EARNED'
  /** A person booked it, with a reason. */
  | 'MANUAL'
  /** The fee of a placement agreement for a period; made when the period closes. */
  | 'PLACEMENT'
  /** It adjusts for a refund. */
  | 'REFUND'
  /** It adjusts for a restatement. */
  | 'RESTATE'
  /** What the volume of a period earns beyond the lines of its sales; made when the period closes. */
  | 'TIER';

/** A conversion as a merchant reports it. Amounts are decimals in its currency; (source, externalId, kind) name it within the program. */
export type ConversionInput = {
  /** What the customer paid with tax and shipping. */
  amount: string;
  /** The click id that the page was told. */
  clickId?: string | null | undefined;
  /** The buyer's country, two capital letters of ISO 3166-1. */
  country?: string | null | undefined;
  /** The coupon that was entered. */
  coupon?: string | null | undefined;
  /** The currency of all its amounts. */
  currencyCode: string;
  /** The buyer, as the merchant names it. */
  customerId?: string | null | undefined;
  /** The discount that was given. */
  discount?: string | null | undefined;
  /** The merchant's own id, for example of the order. */
  externalId: string;
  /** When the rate was quoted. */
  fxQuotedAt?: string | null | undefined;
  /** How many units of the program's currency one unit of this currency is worth, an exact decimal; needed only when they differ. */
  fxRate?: string | null | undefined;
  /** Where the rate is from. */
  fxSource?: string | null | undefined;
  /** The lines of the order, at most 1000. */
  items?: Array<ConversionItemInput> | null | undefined;
  /** SALE when left out; else LEAD, SIGNUP, SUBSCRIPTION or a name of the merchant's own. */
  kind?: string | null | undefined;
  /** The code of the link that led here. */
  linkCode?: string | null | undefined;
  /** Whatever else rules and reports shall know: at most 50 entries, keys of 1 to 64 letters, digits, dots, hyphens and underscores, values of at most 500 characters. */
  metadata?: Record<string, string> | null | undefined;
  /** When it happened. */
  occurredAt: string;
  /** The shipping in it. */
  shipping?: string | null | undefined;
  /** The system that reports it. */
  source?: string | null | undefined;
  /** The tax in it. */
  tax?: string | null | undefined;
};

/** A line of an order. */
export type ConversionItemInput = {
  /** The amount of the line. */
  amount: string;
  /** The article's category. */
  category?: string | null | undefined;
  /** The article's name. */
  name?: string | null | undefined;
  /** How many. */
  quantity: number;
  /** The article's number. */
  sku: string;
};

/** Whether a conversion can be priced. */
export type ConversionState =
  /** It is in a foreign currency and its exchange rate is awaited. */
  | 'AWAITING_RATE'
  /** It can. */
  | 'READY';

/** What createApiKey takes. */
export type CreateApiKeyInput = {
  /** When the key ends: in the future, within ten years. Left out, it works until it is revoked. */
  expiresAt?: string | null | undefined;
  /** Names this request, 1 to 190 printable ASCII characters; a retry sends the same. */
  idempotencyKey: string;
  /** What the key is for. */
  name: string;
  /** What the key may do, for example conversions:write; no more than the caller may. */
  scopes: Array<string>;
};

/** What createCoupon takes. */
export type CreateCouponInput = {
  /** The code, kept in upper case; made when left out. */
  code?: string | null | undefined;
  /** The enrollment. */
  enrollmentId: string | number;
  /** Names this request, 1 to 190 printable ASCII characters; a retry sends the same. */
  idempotencyKey: string;
};

/** What createLink takes. */
export type CreateLinkInput = {
  /** The code in the link; made when left out. */
  code?: string | null | undefined;
  /** The page the link leads to. */
  destinationUrl: string;
  /** The enrollment. */
  enrollmentId: string | number;
  /** Names this request, 1 to 190 printable ASCII characters; a retry sends the same. */
  idempotencyKey: string;
};

/** What enrollPartner takes. */
export type EnrollPartnerInput = {
  /** The code the partner shares to recruit others; made when left out. */
  code?: string | null | undefined;
  /** The partner's country, ISO 3166-1 alpha-2. */
  country?: string | null | undefined;
  /** The partner's e-mail address; a new one makes a partner. */
  email: string;
  /** The merchant's own name for the enrollment, unique in the program. */
  externalId?: string | null | undefined;
  /** The group to put it in. */
  groupCode?: string | null | undefined;
  /** Names this request, 1 to 190 printable ASCII characters; a retry sends the same. */
  idempotencyKey: string;
  /** The partner's name. */
  name: string;
  /** The program. */
  programId: string | number;
  /** The enrollment that recruited the partner. */
  sponsorId?: string | number | null | undefined;
  /** Words of the merchant's own: at most 20, each of 1 to 40 lower-case letters, digits, hyphens and underscores. */
  tags?: Array<string> | null | undefined;
};

/** Where a partner stands in a program. */
export type EnrollmentStatus =
  /** Takes part. */
  | 'ACTIVE'
  /** Was turned down. */
  | 'DECLINED'
  /** Asked to join. */
  | 'PENDING'
  /** Earns nothing new. */
  | 'SUSPENDED';

/** What executePayoutBatch takes. */
export type ExecutePayoutBatchInput = {
  /** Names this request, 1 to 190 printable ASCII characters; a retry sends the same. */
  idempotencyKey: string;
  /** The batch. */
  payoutBatchId: string | number;
};

/** What a step does to the amount. */
export type ExplainedStepKind =
  /** A person booked it. */
  | 'BOOKED'
  /** A cap cuts. */
  | 'CAP'
  /** An adjustment is what should be less what was. */
  | 'DIFFERENCE'
  /** The fee of a placement. */
  | 'FEE'
  /** A bonus. */
  | 'GOAL'
  /** What a level pays the upline. */
  | 'LEVEL'
  /** What refunds leave. */
  | 'REFUND'
  /** The rule pays nothing. */
  | 'REFUSED'
  /** What the rule pays the seller. */
  | 'REWARD'
  /** What a period's volume earns. */
  | 'TIERS'
  /** Rounding had come above max_total. */
  | 'TRIM';

/** What invitePartner takes. */
export type InvitePartnerInput = {
  /** An enrollment whose partner has no login yet. */
  enrollmentId: string | number;
  /** Names this request, 1 to 190 printable ASCII characters; a retry sends the same. */
  idempotencyKey: string;
};

/** The state of a payout. */
export type PayoutState =
  /** Given up with its batch. */
  | 'CANCELED'
  /** Under the minimum; stays payable. */
  | 'CARRIED'
  /** Not paid now; stays payable. */
  | 'HELD'
  /** Only a person can decide. */
  | 'NEEDS_REVIEW'
  /** A part came back. */
  | 'PARTLY_REVERSED'
  /** Planned with its batch. */
  | 'PLANNED'
  /** May be sent. */
  | 'READY'
  /** All of it came back. */
  | 'REVERSED'
  /** An attempt is committed and may have left. */
  | 'SENDING'
  /** Paid. */
  | 'TRANSFERRED'
  /** Sent, and its outcome is not known; never a failure. */
  | 'UNKNOWN';

/** Whether lines may still enter a period. */
export type PeriodState =
  /** Closed for good. */
  | 'CLOSED'
  /** They may. */
  | 'OPEN';

/** What planPayoutBatch takes. */
export type PlanPayoutBatchInput = {
  /** Names this request, 1 to 190 printable ASCII characters; a retry sends the same. */
  idempotencyKey: string;
  /** The closed period. */
  periodId: string | number;
};

/** What recordConversion takes. */
export type RecordConversionInput = {
  /** The conversion. */
  conversion: ConversionInput;
  /** Names this request, 1 to 190 printable ASCII characters; a retry sends the same. */
  idempotencyKey: string;
  /** The program. */
  programId: string | number;
};

/** What recordConversions takes. */
export type RecordConversionsInput = {
  /** The conversions, 1 to 1000. */
  conversions: Array<ConversionInput>;
  /** Names this request, 1 to 190 printable ASCII characters; a retry sends the same. */
  idempotencyKey: string;
  /** The program. */
  programId: string | number;
};

/** What recording did. */
export type RecordOutcome =
  /** The same was recorded before; nothing changed. */
  | 'DUPLICATE'
  /** It is new. */
  | 'RECORDED'
  /** The same key with other content: a further revision. */
  | 'RESTATED';

/** What recordRefund takes. */
export type RecordRefundInput = {
  /** Names this request, 1 to 190 printable ASCII characters; a retry sends the same. */
  idempotencyKey: string;
  /** The program. */
  programId: string | number;
  /** The refund. */
  refund: RefundInput;
};

/** What refreshSession takes. */
export type RefreshSessionInput = {
  /** The refresh token of the session, from its latest pair of tokens. */
  refreshToken: string;
};

/** A refund as a merchant reports it. */
export type RefundInput = {
  /** How much, in the conversion's own currency; left out for CHARGEBACK_WON and VOID. */
  amount?: string | null | undefined;
  /** The merchant's own id of the conversion. */
  conversionExternalId: string;
  /** The kind of the conversion; SALE when left out. */
  conversionKind?: string | null | undefined;
  /** The merchant's own id of the refund. */
  externalId: string;
  /** Which items, at most 1000, for a REFUND; together they may be less than the amount, as where shipping is given back. */
  items?: Array<RefundItemInput> | null | undefined;
  /** REFUND when left out. A chargeback takes at most what refunds have left of the sale; CHARGEBACK_WON ends the one with the same external id. */
  kind?: RefundKind | null | undefined;
  /** When it happened. */
  occurredAt: string;
  /** Why. */
  reason?: string | null | undefined;
  /** The system that reported the conversion. */
  source?: string | null | undefined;
};

/** The part of a refund that belongs to one SKU of the order. */
export type RefundItemInput = {
  /** How much, in the conversion's own currency; all refunds of a SKU together are at most what it cost. */
  amount: string;
  /** The SKU, as in the order. */
  sku: string;
};

/** How money of a conversion is taken back. */
export type RefundKind =
  /** The customer's bank took it back, while it is disputed. When the dispute is lost, that stays and nothing more is told. */
  | 'CHARGEBACK'
  /** The dispute ended for the merchant: what the chargeback took is given again. */
  | 'CHARGEBACK_WON'
  /** The merchant gave it back. */
  | 'REFUND'
  /** The conversion does not count at all, whatever its amount: it earns nothing, and is no order of its customer. For good. */
  | 'VOID';

/** What a rule did with a conversion. */
export type RuleVerdict =
  /** Its condition is false. */
  | 'CONDITION_FALSE'
  /** Rules for items took everything. */
  | 'NOTHING_LEFT'
  /** An earlier rule had taken the rest. */
  | 'NOT_ASKED'
  /** There was no item that it takes. */
  | 'NO_ITEMS'
  /** It is for another kind of conversion. */
  | 'OTHER_KIND'
  /** It took its part, and can pay nobody whatever the sale. */
  | 'PAYS_NOBODY'
  /** It took its part, and refuses to pay for it. */
  | 'REFUSED'
  /** It took what its basis says. */
  | 'TOOK';

/** What signIn takes. */
export type SignInInput = {
  /** The e-mail address of the login. */
  email: string;
  /** The slug of the merchant to act for; needed only by staff of several. */
  merchant?: string | null | undefined;
  /** The password. */
  password: string;
  /** A code of the authenticator, or a recovery code; needed only of users with TOTP. */
  totpCode?: string | null | undefined;
};

export type ConversionPartsFragment = { id: string, externalId: string, kind: string, revision: number, state: ConversionState, occurredAt: string, amount: { amount: string, currencyCode: string } | null };

export type ConversionsQueryVariables = Exact<{
  programId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ConversionsQuery = { node:
    | { __typename: 'Click' }
    | { __typename: 'Commission' }
    | { __typename: 'Conversion' }
    | { __typename: 'Coupon' }
    | { __typename: 'Enrollment' }
    | { __typename: 'Event' }
    | { __typename: 'Export' }
    | { __typename: 'Link' }
    | { __typename: 'Payout' }
    | { __typename: 'PayoutBatch' }
    | { __typename: 'Period' }
    | { __typename: 'PlacementAgreement' }
    | { __typename: 'PlanVersion' }
    | { __typename: 'Program', conversions: { nodes: Array<{ id: string, externalId: string, kind: string, revision: number, state: ConversionState, occurredAt: string, amount: { amount: string, currencyCode: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null }
    | { __typename: 'Refund' }
    | { __typename: 'SponsorChange' }
    | { __typename: 'WebhookEndpoint' }
    | { __typename: 'WhatIf' }
   | null };

export type RecordConversionMutationVariables = Exact<{
  input: RecordConversionInput;
}>;


export type RecordConversionMutation = { recordConversion: { outcome: RecordOutcome | null, conversion: { id: string, externalId: string, kind: string, revision: number, state: ConversionState, occurredAt: string, amount: { amount: string, currencyCode: string } | null } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export type RecordConversionsMutationVariables = Exact<{
  input: RecordConversionsInput;
}>;


export type RecordConversionsMutation = { recordConversions: { results: Array<{ outcome: RecordOutcome | null, conversion: { id: string, externalId: string, kind: string, revision: number, state: ConversionState, occurredAt: string, amount: { amount: string, currencyCode: string } | null } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> }> | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export type RecordRefundMutationVariables = Exact<{
  input: RecordRefundInput;
}>;


export type RecordRefundMutation = { recordRefund: { refund: { id: string, externalId: string, amount: { amount: string, currencyCode: string } | null } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export type EarningsQueryVariables = Exact<{
  enrollmentId: string | number;
  last?: number | null | undefined;
}>;


export type EarningsQuery = { node:
    | { __typename: 'Click' }
    | { __typename: 'Commission' }
    | { __typename: 'Conversion' }
    | { __typename: 'Coupon' }
    | { __typename: 'Enrollment', balances: { accrued: { amount: string, currencyCode: string }, payable: { amount: string, currencyCode: string }, inTransit: { amount: string, currencyCode: string } } | null, statements: { nodes: Array<{ number: number, downloadPath: string, period: { key: string } | null, opening: { amount: string, currencyCode: string }, lines: { amount: string, currencyCode: string }, closing: { amount: string, currencyCode: string } }> } | null, commissions: { nodes: Array<{ id: string, kind: CommissionKind, level: number, maturesAt: string, amount: { amount: string, currencyCode: string } }> } | null }
    | { __typename: 'Event' }
    | { __typename: 'Export' }
    | { __typename: 'Link' }
    | { __typename: 'Payout' }
    | { __typename: 'PayoutBatch' }
    | { __typename: 'Period' }
    | { __typename: 'PlacementAgreement' }
    | { __typename: 'PlanVersion' }
    | { __typename: 'Program' }
    | { __typename: 'Refund' }
    | { __typename: 'SponsorChange' }
    | { __typename: 'WebhookEndpoint' }
    | { __typename: 'WhatIf' }
   | null };

export type ExplainCommissionQueryVariables = Exact<{
  commissionId: string | number;
}>;


export type ExplainCommissionQuery = { node:
    | { __typename: 'Click' }
    | { __typename: 'Commission', amount: { amount: string, currencyCode: string }, explanation: { agrees: boolean, attribution: { method: AttributionMethod, linkCode: string } | null, rules: Array<{ ruleId: string, verdict: RuleVerdict }>, steps: Array<{ kind: ExplainedStepKind, text: string }>, payment: { text: string } } | null }
    | { __typename: 'Conversion' }
    | { __typename: 'Coupon' }
    | { __typename: 'Enrollment' }
    | { __typename: 'Event' }
    | { __typename: 'Export' }
    | { __typename: 'Link' }
    | { __typename: 'Payout' }
    | { __typename: 'PayoutBatch' }
    | { __typename: 'Period' }
    | { __typename: 'PlacementAgreement' }
    | { __typename: 'PlanVersion' }
    | { __typename: 'Program' }
    | { __typename: 'Refund' }
    | { __typename: 'SponsorChange' }
    | { __typename: 'WebhookEndpoint' }
    | { __typename: 'WhatIf' }
   | null };

export type MoneyPartsFragment = { amount: string, currencyCode: string };

export type UserErrorPartsFragment = { field: Array<string> | null, message: string, code: string };

export type EnrollmentPartsFragment = { id: string, code: string, status: EnrollmentStatus, externalId: string | null, groupCode: string | null, partner: { id: string, name: string } | null };

export type EnrollmentsQueryVariables = Exact<{
  programId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type EnrollmentsQuery = { node:
    | { __typename: 'Click' }
    | { __typename: 'Commission' }
    | { __typename: 'Conversion' }
    | { __typename: 'Coupon' }
    | { __typename: 'Enrollment' }
    | { __typename: 'Event' }
    | { __typename: 'Export' }
    | { __typename: 'Link' }
    | { __typename: 'Payout' }
    | { __typename: 'PayoutBatch' }
    | { __typename: 'Period' }
    | { __typename: 'PlacementAgreement' }
    | { __typename: 'PlanVersion' }
    | { __typename: 'Program', enrollments: { nodes: Array<{ id: string, code: string, status: EnrollmentStatus, externalId: string | null, groupCode: string | null, partner: { id: string, name: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null }
    | { __typename: 'Refund' }
    | { __typename: 'SponsorChange' }
    | { __typename: 'WebhookEndpoint' }
    | { __typename: 'WhatIf' }
   | null };

export type EnrollPartnerMutationVariables = Exact<{
  input: EnrollPartnerInput;
}>;


export type EnrollPartnerMutation = { enrollPartner: { enrollment: { id: string, code: string, status: EnrollmentStatus, externalId: string | null, groupCode: string | null, partner: { id: string, name: string } | null } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export type InvitePartnerMutationVariables = Exact<{
  input: InvitePartnerInput;
}>;


export type InvitePartnerMutation = { invitePartner: { enrollment: { id: string, code: string, status: EnrollmentStatus, externalId: string | null, groupCode: string | null, partner: { id: string, name: string } | null } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export type ApproveEnrollmentMutationVariables = Exact<{
  input: ApproveEnrollmentInput;
}>;


export type ApproveEnrollmentMutation = { approveEnrollment: { enrollment: { id: string, code: string, status: EnrollmentStatus, externalId: string | null, groupCode: string | null, partner: { id: string, name: string } | null } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export type DownlineQueryVariables = Exact<{
  enrollmentId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type DownlineQuery = { node:
    | { __typename: 'Click' }
    | { __typename: 'Commission' }
    | { __typename: 'Conversion' }
    | { __typename: 'Coupon' }
    | { __typename: 'Enrollment', subtreeSize: number | null, downline: { nodes: Array<{ id: string, level: number, sponsoredAt: string, enrollment: { id: string, code: string, status: EnrollmentStatus, externalId: string | null, groupCode: string | null, partner: { id: string, name: string } | null } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null }
    | { __typename: 'Event' }
    | { __typename: 'Export' }
    | { __typename: 'Link' }
    | { __typename: 'Payout' }
    | { __typename: 'PayoutBatch' }
    | { __typename: 'Period' }
    | { __typename: 'PlacementAgreement' }
    | { __typename: 'PlanVersion' }
    | { __typename: 'Program' }
    | { __typename: 'Refund' }
    | { __typename: 'SponsorChange' }
    | { __typename: 'WebhookEndpoint' }
    | { __typename: 'WhatIf' }
   | null };

export type PayoutBatchPartsFragment = { id: string, state: BatchState, pauseReason: string, contentHash: string, payoutCount: number, total: { amount: string, currencyCode: string } };

export type PeriodsQueryVariables = Exact<{
  programId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type PeriodsQuery = { node:
    | { __typename: 'Click' }
    | { __typename: 'Commission' }
    | { __typename: 'Conversion' }
    | { __typename: 'Coupon' }
    | { __typename: 'Enrollment' }
    | { __typename: 'Event' }
    | { __typename: 'Export' }
    | { __typename: 'Link' }
    | { __typename: 'Payout' }
    | { __typename: 'PayoutBatch' }
    | { __typename: 'Period' }
    | { __typename: 'PlacementAgreement' }
    | { __typename: 'PlanVersion' }
    | { __typename: 'Program', periods: { nodes: Array<{ id: string, key: string, state: PeriodState, startsAt: string, endsAt: string }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null }
    | { __typename: 'Refund' }
    | { __typename: 'SponsorChange' }
    | { __typename: 'WebhookEndpoint' }
    | { __typename: 'WhatIf' }
   | null };

export type PayoutBatchQueryVariables = Exact<{
  payoutBatchId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type PayoutBatchQuery = { node:
    | { __typename: 'Click' }
    | { __typename: 'Commission' }
    | { __typename: 'Conversion' }
    | { __typename: 'Coupon' }
    | { __typename: 'Enrollment' }
    | { __typename: 'Event' }
    | { __typename: 'Export' }
    | { __typename: 'Link' }
    | { __typename: 'Payout' }
    | { __typename: 'PayoutBatch', id: string, state: BatchState, pauseReason: string, contentHash: string, payoutCount: number, payouts: { nodes: Array<{ id: string, state: PayoutState, sentence: string, amount: { amount: string, currencyCode: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null, total: { amount: string, currencyCode: string } }
    | { __typename: 'Period' }
    | { __typename: 'PlacementAgreement' }
    | { __typename: 'PlanVersion' }
    | { __typename: 'Program' }
    | { __typename: 'Refund' }
    | { __typename: 'SponsorChange' }
    | { __typename: 'WebhookEndpoint' }
    | { __typename: 'WhatIf' }
   | null };

export type PlanPayoutBatchMutationVariables = Exact<{
  input: PlanPayoutBatchInput;
}>;


export type PlanPayoutBatchMutation = { planPayoutBatch: { payoutBatch: { id: string, state: BatchState, pauseReason: string, contentHash: string, payoutCount: number, total: { amount: string, currencyCode: string } } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export type ApprovePayoutBatchMutationVariables = Exact<{
  input: ApprovePayoutBatchInput;
}>;


export type ApprovePayoutBatchMutation = { approvePayoutBatch: { payoutBatch: { id: string, state: BatchState, pauseReason: string, contentHash: string, payoutCount: number, total: { amount: string, currencyCode: string } } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export type ExecutePayoutBatchMutationVariables = Exact<{
  input: ExecutePayoutBatchInput;
}>;


export type ExecutePayoutBatchMutation = { executePayoutBatch: { payoutBatch: { id: string, state: BatchState, pauseReason: string, contentHash: string, payoutCount: number, total: { amount: string, currencyCode: string } } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export type SessionPartsFragment = { token: string, expiresAt: string, refreshToken: string, refreshExpiresAt: string };

export type SignInMutationVariables = Exact<{
  input: SignInInput;
}>;


export type SignInMutation = { signIn: { session: { token: string, expiresAt: string, refreshToken: string, refreshExpiresAt: string } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export type RefreshSessionMutationVariables = Exact<{
  input: RefreshSessionInput;
}>;


export type RefreshSessionMutation = { refreshSession: { session: { token: string, expiresAt: string, refreshToken: string, refreshExpiresAt: string } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { name: string, scopes: Array<string>, user: { id: string, name: string, email: string } | null, merchant: { id: string, slug: string, name: string } | null, partner: { id: string, name: string } | null } | null };

export type ProgramsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ProgramsQuery = { programs: { nodes: Array<{ id: string, slug: string, name: string, currencyCode: string }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type CreateApiKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;


export type CreateApiKeyMutation = { createApiKey: { secret: string | null, apiKey: { id: string, name: string, scopes: Array<string> } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export type CreateLinkMutationVariables = Exact<{
  input: CreateLinkInput;
}>;


export type CreateLinkMutation = { createLink: { link: { id: string, code: string, destinationUrl: string } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export type CreateCouponMutationVariables = Exact<{
  input: CreateCouponInput;
}>;


export type CreateCouponMutation = { createCoupon: { coupon: { id: string, code: string } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: string }> } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const MoneyPartsFragmentDoc = new TypedDocumentString(`
    fragment MoneyParts on Money {
  amount
  currencyCode
}
    `, {"fragmentName":"MoneyParts"}) as unknown as TypedDocumentString<MoneyPartsFragment, unknown>;
export const ConversionPartsFragmentDoc = new TypedDocumentString(`
    fragment ConversionParts on Conversion {
  id
  externalId
  kind
  revision
  state
  occurredAt
  amount {
    ...MoneyParts
  }
}
    fragment MoneyParts on Money {
  amount
  currencyCode
}`, {"fragmentName":"ConversionParts"}) as unknown as TypedDocumentString<ConversionPartsFragment, unknown>;
export const UserErrorPartsFragmentDoc = new TypedDocumentString(`
    fragment UserErrorParts on UserError {
  field
  message
  code
}
    `, {"fragmentName":"UserErrorParts"}) as unknown as TypedDocumentString<UserErrorPartsFragment, unknown>;
export const EnrollmentPartsFragmentDoc = new TypedDocumentString(`
    fragment EnrollmentParts on Enrollment {
  id
  code
  status
  externalId
  groupCode
  partner {
    id
    name
  }
}
    `, {"fragmentName":"EnrollmentParts"}) as unknown as TypedDocumentString<EnrollmentPartsFragment, unknown>;
export const PayoutBatchPartsFragmentDoc = new TypedDocumentString(`
    fragment PayoutBatchParts on PayoutBatch {
  id
  state
  pauseReason
  contentHash
  payoutCount
  total {
    ...MoneyParts
  }
}
    fragment MoneyParts on Money {
  amount
  currencyCode
}`, {"fragmentName":"PayoutBatchParts"}) as unknown as TypedDocumentString<PayoutBatchPartsFragment, unknown>;
export const SessionPartsFragmentDoc = new TypedDocumentString(`
    fragment SessionParts on Session {
  token
  expiresAt
  refreshToken
  refreshExpiresAt
}
    `, {"fragmentName":"SessionParts"}) as unknown as TypedDocumentString<SessionPartsFragment, unknown>;
export const ConversionsDocument = new TypedDocumentString(`
    query Conversions($programId: ID!, $first: Int = 20, $after: String) {
  node(id: $programId) {
    __typename
    ... on Program {
      conversions(first: $first, after: $after) {
        nodes {
          ...ConversionParts
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
}
    fragment ConversionParts on Conversion {
  id
  externalId
  kind
  revision
  state
  occurredAt
  amount {
    ...MoneyParts
  }
}
fragment MoneyParts on Money {
  amount
  currencyCode
}`, {"hash":"sha256:f6fc8de73059d04fc78e2591ae14b9f16926e8b4a99d2bf474d1973afcec6a2c"}) as unknown as TypedDocumentString<ConversionsQuery, ConversionsQueryVariables>;
export const RecordConversionDocument = new TypedDocumentString(`
    mutation RecordConversion($input: RecordConversionInput!) {
  recordConversion(input: $input) {
    outcome
    conversion {
      ...ConversionParts
    }
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment ConversionParts on Conversion {
  id
  externalId
  kind
  revision
  state
  occurredAt
  amount {
    ...MoneyParts
  }
}
fragment MoneyParts on Money {
  amount
  currencyCode
}
fragment UserErrorParts on UserError {
  field
  message
  code
}`, {"hash":"sha256:95d38e0d5eb86419539add6e6f150aefc12103b8ebf728c3d40c75728b826854"}) as unknown as TypedDocumentString<RecordConversionMutation, RecordConversionMutationVariables>;
export const RecordConversionsDocument = new TypedDocumentString(`
    mutation RecordConversions($input: RecordConversionsInput!) {
  recordConversions(input: $input) {
    results {
      outcome
      conversion {
        ...ConversionParts
      }
      userErrors {
        ...UserErrorParts
      }
    }
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment ConversionParts on Conversion {
  id
  externalId
  kind
  revision
  state
  occurredAt
  amount {
    ...MoneyParts
  }
}
fragment MoneyParts on Money {
  amount
  currencyCode
}
fragment UserErrorParts on UserError {
  field
  message
  code
}`, {"hash":"sha256:fd6b18c7a83c68c16864bbad201901fa854158b82e3610826805b222ab85c498"}) as unknown as TypedDocumentString<RecordConversionsMutation, RecordConversionsMutationVariables>;
export const RecordRefundDocument = new TypedDocumentString(`
    mutation RecordRefund($input: RecordRefundInput!) {
  recordRefund(input: $input) {
    refund {
      id
      externalId
      amount {
        ...MoneyParts
      }
    }
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment MoneyParts on Money {
  amount
  currencyCode
}
fragment UserErrorParts on UserError {
  field
  message
  code
}`, {"hash":"sha256:ff1e8fbde959ddba2a67e825b33dbc9d3d87811bd5dab4e65433b4a6388fa3bc"}) as unknown as TypedDocumentString<RecordRefundMutation, RecordRefundMutationVariables>;
export const EarningsDocument = new TypedDocumentString(`
    query Earnings($enrollmentId: ID!, $last: Int = 10) {
  node(id: $enrollmentId) {
    __typename
    ... on Enrollment {
      balances {
        accrued {
          ...MoneyParts
        }
        payable {
          ...MoneyParts
        }
        inTransit {
          ...MoneyParts
        }
      }
      statements(last: $last) {
        nodes {
          number
          downloadPath
          period {
            key
          }
          opening {
            ...MoneyParts
          }
          lines {
            ...MoneyParts
          }
          closing {
            ...MoneyParts
          }
        }
      }
      commissions(last: $last) {
        nodes {
          id
          kind
          level
          amount {
            ...MoneyParts
          }
          maturesAt
        }
      }
    }
  }
}
    fragment MoneyParts on Money {
  amount
  currencyCode
}`, {"hash":"sha256:5ffc0e948faf3cd167f6221f92549227be149fbd5ddcbc5796c242f3b61104cc"}) as unknown as TypedDocumentString<EarningsQuery, EarningsQueryVariables>;
export const ExplainCommissionDocument = new TypedDocumentString(`
    query ExplainCommission($commissionId: ID!) {
  node(id: $commissionId) {
    __typename
    ... on Commission {
      amount {
        ...MoneyParts
      }
      explanation {
        agrees
        attribution {
          method
          linkCode
        }
        rules {
          ruleId
          verdict
        }
        steps {
          kind
          text
        }
        payment {
          text
        }
      }
    }
  }
}
    fragment MoneyParts on Money {
  amount
  currencyCode
}`, {"hash":"sha256:34d6b5f322788b88a662e79936a45260c48db85432a600f01d0326b0645053e9"}) as unknown as TypedDocumentString<ExplainCommissionQuery, ExplainCommissionQueryVariables>;
export const EnrollmentsDocument = new TypedDocumentString(`
    query Enrollments($programId: ID!, $first: Int = 20, $after: String) {
  node(id: $programId) {
    __typename
    ... on Program {
      enrollments(first: $first, after: $after) {
        nodes {
          ...EnrollmentParts
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
}
    fragment EnrollmentParts on Enrollment {
  id
  code
  status
  externalId
  groupCode
  partner {
    id
    name
  }
}`, {"hash":"sha256:c14d5bf0a6ca3ce345c451582261f668eb5482a643eae81208ddcfe7667f59bb"}) as unknown as TypedDocumentString<EnrollmentsQuery, EnrollmentsQueryVariables>;
export const EnrollPartnerDocument = new TypedDocumentString(`
    mutation EnrollPartner($input: EnrollPartnerInput!) {
  enrollPartner(input: $input) {
    enrollment {
      ...EnrollmentParts
    }
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment UserErrorParts on UserError {
  field
  message
  code
}
fragment EnrollmentParts on Enrollment {
  id
  code
  status
  externalId
  groupCode
  partner {
    id
    name
  }
}`, {"hash":"sha256:a15e701d842470bce7d26e80492704b760ba1ec725e9287857981c4f16e0376d"}) as unknown as TypedDocumentString<EnrollPartnerMutation, EnrollPartnerMutationVariables>;
export const InvitePartnerDocument = new TypedDocumentString(`
    mutation InvitePartner($input: InvitePartnerInput!) {
  invitePartner(input: $input) {
    enrollment {
      ...EnrollmentParts
    }
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment UserErrorParts on UserError {
  field
  message
  code
}
fragment EnrollmentParts on Enrollment {
  id
  code
  status
  externalId
  groupCode
  partner {
    id
    name
  }
}`, {"hash":"sha256:2c44c52ac2dafe30c0f10447dce0df0cff352aa77819a35bd6de2ce5bc94c422"}) as unknown as TypedDocumentString<InvitePartnerMutation, InvitePartnerMutationVariables>;
export const ApproveEnrollmentDocument = new TypedDocumentString(`
    mutation ApproveEnrollment($input: ApproveEnrollmentInput!) {
  approveEnrollment(input: $input) {
    enrollment {
      ...EnrollmentParts
    }
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment UserErrorParts on UserError {
  field
  message
  code
}
fragment EnrollmentParts on Enrollment {
  id
  code
  status
  externalId
  groupCode
  partner {
    id
    name
  }
}`, {"hash":"sha256:6ce971447fcd5792dba9185df4f7411ad8e21adb7a21c21f2360b21e9a3caf44"}) as unknown as TypedDocumentString<ApproveEnrollmentMutation, ApproveEnrollmentMutationVariables>;
export const DownlineDocument = new TypedDocumentString(`
    query Downline($enrollmentId: ID!, $first: Int = 20, $after: String) {
  node(id: $enrollmentId) {
    __typename
    ... on Enrollment {
      subtreeSize
      downline(first: $first, after: $after) {
        nodes {
          id
          level
          sponsoredAt
          enrollment {
            ...EnrollmentParts
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
}
    fragment EnrollmentParts on Enrollment {
  id
  code
  status
  externalId
  groupCode
  partner {
    id
    name
  }
}`, {"hash":"sha256:fec88db14dd1fe378e726268e28179611bc9843600382e51476b2a4b49011d3e"}) as unknown as TypedDocumentString<DownlineQuery, DownlineQueryVariables>;
export const PeriodsDocument = new TypedDocumentString(`
    query Periods($programId: ID!, $first: Int = 20, $after: String) {
  node(id: $programId) {
    __typename
    ... on Program {
      periods(first: $first, after: $after) {
        nodes {
          id
          key
          state
          startsAt
          endsAt
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
}
    `, {"hash":"sha256:d24c6823719991ae3ea08aebbbf544f793ad8c3f365dc93f77e416033491c2f9"}) as unknown as TypedDocumentString<PeriodsQuery, PeriodsQueryVariables>;
export const PayoutBatchDocument = new TypedDocumentString(`
    query PayoutBatch($payoutBatchId: ID!, $first: Int = 20, $after: String) {
  node(id: $payoutBatchId) {
    __typename
    ... on PayoutBatch {
      ...PayoutBatchParts
      payouts(first: $first, after: $after) {
        nodes {
          id
          state
          sentence
          amount {
            ...MoneyParts
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
}
    fragment MoneyParts on Money {
  amount
  currencyCode
}
fragment PayoutBatchParts on PayoutBatch {
  id
  state
  pauseReason
  contentHash
  payoutCount
  total {
    ...MoneyParts
  }
}`, {"hash":"sha256:6925209ebff295632eb2476474503f594b05c93a33bf3b92447c75e59f6e96cf"}) as unknown as TypedDocumentString<PayoutBatchQuery, PayoutBatchQueryVariables>;
export const PlanPayoutBatchDocument = new TypedDocumentString(`
    mutation PlanPayoutBatch($input: PlanPayoutBatchInput!) {
  planPayoutBatch(input: $input) {
    payoutBatch {
      ...PayoutBatchParts
    }
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment MoneyParts on Money {
  amount
  currencyCode
}
fragment UserErrorParts on UserError {
  field
  message
  code
}
fragment PayoutBatchParts on PayoutBatch {
  id
  state
  pauseReason
  contentHash
  payoutCount
  total {
    ...MoneyParts
  }
}`, {"hash":"sha256:7b0a7c9b02d50f9defc548234f9e8ed219a0507f4c36707b23f0f044001b28af"}) as unknown as TypedDocumentString<PlanPayoutBatchMutation, PlanPayoutBatchMutationVariables>;
export const ApprovePayoutBatchDocument = new TypedDocumentString(`
    mutation ApprovePayoutBatch($input: ApprovePayoutBatchInput!) {
  approvePayoutBatch(input: $input) {
    payoutBatch {
      ...PayoutBatchParts
    }
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment MoneyParts on Money {
  amount
  currencyCode
}
fragment UserErrorParts on UserError {
  field
  message
  code
}
fragment PayoutBatchParts on PayoutBatch {
  id
  state
  pauseReason
  contentHash
  payoutCount
  total {
    ...MoneyParts
  }
}`, {"hash":"sha256:0d0fdc381705ddc8aaf7fdcbb987f50cfbb87947109e16c2762a439571824ab5"}) as unknown as TypedDocumentString<ApprovePayoutBatchMutation, ApprovePayoutBatchMutationVariables>;
export const ExecutePayoutBatchDocument = new TypedDocumentString(`
    mutation ExecutePayoutBatch($input: ExecutePayoutBatchInput!) {
  executePayoutBatch(input: $input) {
    payoutBatch {
      ...PayoutBatchParts
    }
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment MoneyParts on Money {
  amount
  currencyCode
}
fragment UserErrorParts on UserError {
  field
  message
  code
}
fragment PayoutBatchParts on PayoutBatch {
  id
  state
  pauseReason
  contentHash
  payoutCount
  total {
    ...MoneyParts
  }
}`, {"hash":"sha256:22f2d1ca6044373ca25ec8c28f0b7ec5444f065fc083b7b400defbc7d20bd9d2"}) as unknown as TypedDocumentString<ExecutePayoutBatchMutation, ExecutePayoutBatchMutationVariables>;
export const SignInDocument = new TypedDocumentString(`
    mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    session {
      ...SessionParts
    }
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment UserErrorParts on UserError {
  field
  message
  code
}
fragment SessionParts on Session {
  token
  expiresAt
  refreshToken
  refreshExpiresAt
}`, {"hash":"sha256:ae577cd6b7e12afbba0346300820d7fa9a01eb350282c4e1836f38aee44f8939"}) as unknown as TypedDocumentString<SignInMutation, SignInMutationVariables>;
export const RefreshSessionDocument = new TypedDocumentString(`
    mutation RefreshSession($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    session {
      ...SessionParts
    }
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment UserErrorParts on UserError {
  field
  message
  code
}
fragment SessionParts on Session {
  token
  expiresAt
  refreshToken
  refreshExpiresAt
}`, {"hash":"sha256:f5d8ba0f3b8d294adb2af452e84bdde261252346395e1d1aafffd1f1d33c4409"}) as unknown as TypedDocumentString<RefreshSessionMutation, RefreshSessionMutationVariables>;
export const ViewerDocument = new TypedDocumentString(`
    query Viewer {
  viewer {
    name
    scopes
    user {
      id
      name
      email
    }
    merchant {
      id
      slug
      name
    }
    partner {
      id
      name
    }
  }
}
    `, {"hash":"sha256:52ee9ce51c8e24b2d525723e1b74f524bf792fae826c620b50bd06dd21b09aac"}) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;
export const ProgramsDocument = new TypedDocumentString(`
    query Programs($first: Int = 20, $after: String) {
  programs(first: $first, after: $after) {
    nodes {
      id
      slug
      name
      currencyCode
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `, {"hash":"sha256:99c9bac4b25faffdde074e97b0453fe0bc3c810a5246002ff7abde789c0e8297"}) as unknown as TypedDocumentString<ProgramsQuery, ProgramsQueryVariables>;
export const CreateApiKeyDocument = new TypedDocumentString(`
    mutation CreateApiKey($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    apiKey {
      id
      name
      scopes
    }
    secret
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment UserErrorParts on UserError {
  field
  message
  code
}`, {"hash":"sha256:2a19fd74270f905172d4d7e15503f113c5883f4396e371a8980d5056ac95c8fc"}) as unknown as TypedDocumentString<CreateApiKeyMutation, CreateApiKeyMutationVariables>;
export const CreateLinkDocument = new TypedDocumentString(`
    mutation CreateLink($input: CreateLinkInput!) {
  createLink(input: $input) {
    link {
      id
      code
      destinationUrl
    }
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment UserErrorParts on UserError {
  field
  message
  code
}`, {"hash":"sha256:3cb33585029cb9ade7f9a03f58ab53d5ae727ef30f058bc237aff33e4fbdf732"}) as unknown as TypedDocumentString<CreateLinkMutation, CreateLinkMutationVariables>;
export const CreateCouponDocument = new TypedDocumentString(`
    mutation CreateCoupon($input: CreateCouponInput!) {
  createCoupon(input: $input) {
    coupon {
      id
      code
    }
    userErrors {
      ...UserErrorParts
    }
  }
}
    fragment UserErrorParts on UserError {
  field
  message
  code
}`, {"hash":"sha256:63b43f13cd5143c3c53a3724580dcb1159d17908bdfcd4298b1a7ef3fd4428dc"}) as unknown as TypedDocumentString<CreateCouponMutation, CreateCouponMutationVariables>;