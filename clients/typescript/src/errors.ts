// What can go wrong. Programs read `code`; `message` is for people and may change.

/** One thing that the caller can mend in a mutation's input. */
export interface UserError {
  field?: readonly string[] | null;
  message: string;
  code: string;
}

/** What all errors of this client are. */
export abstract class TributaryError extends Error {
  /** A stable code, for example CODE_TAKEN. */
  readonly code: string;
  /** The path in the input that is at fault, when one field is. */
  readonly field: readonly string[];
  /** What to name when asking whoever runs the server. */
  readonly requestId: string | undefined;

  constructor(message: string, code: string, field: readonly string[] = [], requestId?: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.field = field;
    this.requestId = requestId;
  }
}

/** A mutation changed nothing, because its input has to be mended. */
export class InputError extends TributaryError {
  readonly userErrors: readonly UserError[];

  constructor(userErrors: readonly [UserError, ...UserError[]]) {
    const [first] = userErrors;
    super(first.message, first.code, first.field ?? []);
    this.userErrors = userErrors;
  }
}

/** The API answered with errors. */
export class ApiError extends TributaryError {
  /** One of the closed list at the top of the schema; `code` is the finer one. */
  readonly kind: string;
  /** The HTTP status. */
  readonly status: number;

  constructor(message: string, kind: string, code: string, field: readonly string[], status: number, requestId?: string) {
    super(message, code, field, requestId);
    this.kind = kind;
    this.status = status;
  }
}

/** No answer came, or none that is the API's: what was asked for may have been done. */
export class NetworkError extends TributaryError {
  constructor(message: string, cause?: unknown) {
    super(message, 'NETWORK');
    this.cause = cause;
  }
}

/** Gives the payload of a mutation that was accepted, and throws InputError for one that was not. */
export function accepted<Payload extends { userErrors: readonly UserError[] }>(payload: Payload | null | undefined): Payload {
  if (!payload) throw new NetworkError('the mutation gave no payload');
  const [first, ...rest] = payload.userErrors;
  if (first) throw new InputError([first, ...rest]);
  return payload;
}
