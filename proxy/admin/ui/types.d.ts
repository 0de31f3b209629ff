// The API's answers, written by TestDashboardKnowsTheAPI from proxy/admin/api.

export interface Upstreams {
  upstreams: Upstream[];
}

export interface Groups {
  groups: Group[];
}

export interface GroupRollout extends Rollout {
  parts: Part[];
}

export interface Gates {
  gates: Gate[];
}

export interface Plan {
  strategy: string;
  from: string;
  to: string;
  requests_per_second: number;
  error_rate: number;
  error_rate_source: string;
  steps: PlanStep[];
  bake_seconds: number;
  least_seconds: number | null;
  gates?: PlanGate[];
}

export interface History {
  revisions: Revision[];
  next?: number;
}

export interface Series {
  interval_ms: number;
  at: number[];
  users: UserLines;
  versions: VersionLines[];
  evidence: EvidenceLine[];
}

export interface Audit {
  entries: AuditEntry[];
  next?: number;
}

export interface Status {
  version: string;
  started_at: string;
  generation: number;
  inflight: number;
  tunnels: number;
  ready: boolean;
  state: StateStatus;
  reload: ReloadStatus;
  drift?: string[];
  notify?: NotifyStatus[];
  audit: AuditStatus;
  tokens: TokensStatus | null;
  you: You;
}

export interface Event {
  id: string;
  type: string;
  at: string;
  upstream?: string;
  group?: string;
  flag?: string;
  version?: string;
  address?: string;
  revision?: number;
  state?: string;
  reason?: string;
  last_request_at?: string;
  in_flight?: number;
  warm?: boolean;
}

export interface Problem {
  title: string;
  detail: string;
  status: number;
  "-": number;
}

export interface Flags {
  flags: Flag[];
}

export interface FlagHistory {
  revisions: FlagRevision[];
  next?: number;
}

export interface Evaluation {
  key: string;
  variant: string | null;
  value: unknown;
  reason: string;
  error_code?: string;
  error_details?: string;
  metadata: unknown;
  explanation?: FlagExplanation;
}

export interface Upstream {
  name: string;
  revision: number;
  stable: string;
  split: Record<string, Share>;
  versions: Version[];
  users: Window;
  rollout: Rollout | null;
  last_rollout?: LastRollout;
  guard: Rollout | null;
  guards?: Rollout[];
  queue: Queue | null;
  schema?: Schema;
  writes: Writes;
  contract?: Contract;
  way_back?: WayBack;
  drift?: string;
  last_change: Change;
}

export interface Group {
  name: string;
  upstreams: Upstream[];
  rollout: GroupRollout | null;
}

export interface Rollout {
  id: string;
  strategy: string;
  from: string;
  to: string;
  state: string;
  group?: string;
  step: number;
  steps: number;
  weight: number;
  writes?: string;
  flag?: string;
  segments?: string[];
  reason: string;
  waits_for: string;
  certified: boolean;
  evidence?: Evidence;
  endpoints?: RolledEndpoint[];
  failures: string[];
  gates?: Gate[];
  mirror?: Mirror;
  started_at: string;
  ended_at: string | null;
  duration_seconds?: number;
  report: Report | null;
  warm_until: string | null;
}

export interface Part {
  upstream: string;
  rollout: Rollout;
}

export interface Gate {
  name: string;
  at: string;
  step?: number;
  state: string;
  reason: string;
  approval: boolean;
  author?: string;
  since: string | null;
  link?: string;
  expires?: string;
}

export interface PlanStep {
  weight: number;
  segment?: string;
  mirror?: number;
  writes?: boolean;
  hold_seconds: number;
  pause: boolean;
  certified: boolean;
  max_hold_seconds: number;
  least_seconds: number | null;
  requests: number;
  seen: Seen;
  ahead?: string[];
}

export interface PlanGate {
  name: string;
  at: string;
}

export interface Revision {
  revision: number;
  at: string;
  author: string;
  from?: string;
  source: string;
  reason: string;
  split: Record<string, Share>;
  stable: string;
  rollout: Rollout | null;
  gates?: Gate[];
  lasted_seconds: number | null;
  no_return?: NoReturn;
}

export interface UserLines {
  requests: (number | null)[];
  errors: (number | null)[];
  p50_ms: (number | null)[];
  p99_ms: (number | null)[];
}

export interface VersionLines {
  name: string;
  share: (number | null)[];
  requests: (number | null)[];
  errors: (number | null)[];
  p50_ms: (number | null)[];
  p90_ms: (number | null)[];
  p99_ms: (number | null)[];
}

export interface EvidenceLine {
  version: string;
  log10_e: (number | null)[];
  threshold_log10: number | null;
}

export interface AuditEntry {
  id: number;
  at: string;
  author: string;
  role: string;
  by?: string;
  from: string;
  action: string;
  upstream: string;
  group?: string;
  flag?: string;
  target: string;
  reason: string;
  result: string;
  status: number;
  detail?: string;
  revision?: number;
}

export interface StateStatus {
  ok: boolean;
  error: string;
}

export interface ReloadStatus {
  ok: boolean;
  at: string;
  file: string;
  error: string;
}

export interface NotifyStatus {
  name: string;
  queued: number;
  delivered: number;
  failed: number;
  dropped: number;
  error: string;
}

export interface AuditStatus {
  ok: boolean;
  error: string;
  lost: number;
}

export interface TokensStatus {
  ok: boolean;
  error: string;
}

export interface You {
  author: string;
  role: string;
}

export interface Flag {
  key: string;
  revision: number;
  enabled: boolean;
  variant: string | null;
  default: string | null;
  variants: FlagVariant[];
  counted: boolean;
  none: Window;
  targeting: unknown;
  metadata: unknown;
  file: string;
  line: number;
  defined: boolean;
  last_change: FlagRevision | null;
  rollout: Rollout | null;
}

export interface FlagRevision {
  revision: number;
  at: string;
  author: string;
  from: string;
  source: string;
  reason: string;
  enabled: boolean | null;
  variant: string | null;
  rollout: Rollout | null;
  gates?: Gate[];
}

export interface FlagExplanation {
  by: string;
  segment?: string;
  rule: RulePart[];
  cut: boolean;
  ramp: RampPlace | null;
}

export interface Share {
  weight: number;
  share: number;
}

export interface Version {
  name: string;
  endpoints: Endpoint[];
  window: Window;
  schema?: SchemaRange;
  retired?: Retired;
  names?: Name[];
}

export interface Window {
  seconds: number;
  requests: number;
  errors: number;
  error_rate: number;
  p50_ms: number;
  p99_ms: number;
}

export interface LastRollout {
  id: string;
  from: string;
  to: string;
  group?: string;
  state: string;
  reason: string;
  ended_at: string;
}

export interface Queue {
  length: number;
  size: number;
}

export interface Schema {
  current: number | null;
  at: string | null;
  source: string;
  error: string;
}

export interface Writes {
  pinned: boolean;
  version?: string;
  in_flight: number;
  read_only: ReadOnly;
  hold?: WriteHold;
}

export interface Contract {
  rollout: string;
  state: string;
  reason: string;
}

export interface WayBack {
  revision: number;
  stable: string;
  warm_until: string | null;
  refused: string;
}

export interface Change {
  at: string;
  author: string;
  source: string;
  reason: string;
}

export interface Evidence {
  errors: number;
  latency: number;
  combined: number;
  limit: number;
  threshold: number;
  alpha: number;
  min_failures: number;
  candidate: Attempts;
  stable: Attempts;
}

export interface RolledEndpoint {
  version: string;
  address: string;
  stage: string;
  batch: number;
}

export interface Mirror {
  share: number;
  max_mismatch: number;
  pairs: number;
  compared: number;
  mismatches: number;
  mismatch_rate: number;
  mismatch_rate_low: number;
  mismatch_rate_high: number;
  candidate_failed: number;
  stable_failed: number;
  unclear: number;
  dropped: number;
  examples: string[];
}

export interface Report {
  requests: number;
  user_errors: number;
  availability: number;
  failed_attempts: number;
  seconds_to_zero: number | null;
  numbers?: Numbers;
}

export interface Seen {
  "2x": number | null;
  "5x": number | null;
  "10x": number | null;
  dead: number | null;
  hanging: number | null;
}

export interface NoReturn {
  at: string;
  gates: string[];
}

export interface FlagVariant {
  name: string;
  value: unknown;
  share: number;
  window: Window;
}

export interface RulePart {
  depth: number;
  role: string;
  file: string;
  line: number;
  operator: string;
  written: unknown;
  says: unknown;
  holds: boolean;
  decided: boolean;
  attributes: FlagAttribute[];
  place: number;
  places: number;
}

export interface RampPlace {
  to: string;
  running: boolean;
  at: number;
  step: number;
  by: string;
  steps: number;
  place: number | null;
}

export interface Endpoint {
  address: string;
  name?: string;
  state: string;
  health: string;
  inflight: number;
  tunnels: number;
  weight: number;
  backup?: boolean;
  cause: string;
  since: string | null;
  until?: string;
}

export interface SchemaRange {
  min: number | null;
  max: number | null;
  source: string;
  error: string;
}

export interface Retired {
  rollout: string;
  at: string;
  last_request_at: string;
}

export interface Name {
  name: string;
  addresses: string[];
  error: string;
  at: string | null;
}

export interface ReadOnly {
  on: boolean;
  source: string;
  at: string | null;
  author: string;
  reason: string;
}

export interface WriteHold {
  by: string;
  since: string;
  until: string;
  in_force: boolean;
  expired: boolean;
  waiting: number;
  before: number;
  drained: boolean;
  drained_after_ms: number;
}

export interface Attempts {
  requests: number;
  failures: number;
}

export interface Numbers {
  candidate: Attempts;
  stable: Attempts;
  ratio: number | null;
  from: number | null;
  to: number | null;
  alpha: number;
  e_errors: number;
  e_latency: number;
  e_worse: number;
  certified: boolean;
}

export interface FlagAttribute {
  name: string;
  value: unknown;
}
