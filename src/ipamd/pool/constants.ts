/** Upstream's constants, in milliseconds, with the file they stand in (v1.23.1). */

/** ipPoolMonitorInterval / 2, pkg/ipamd/ipamd.go: the pool manager sleeps twice this long in a round. */
export const HALF_MONITOR_INTERVAL_MS = 2500;
/** ipPoolMonitorInterval, pkg/ipamd/ipamd.go. */
export const MONITOR_INTERVAL_MS = 2 * HALF_MONITOR_INTERVAL_MS;
/** decreaseIPPoolInterval, pkg/ipamd/ipamd.go. */
export const DECREASE_INTERVAL_MS = 30_000;
/** nodeIPPoolReconcileInterval, pkg/ipamd/ipamd.go. */
export const RECONCILE_INTERVAL_MS = 60_000;
/** insufficientCidrErrorCooldown, pkg/ipamd/ipamd.go. */
export const INSUFFICIENT_COOLDOWN_MS = 120_000;
/** ipReconcileCooldown, pkg/ipamd/ipamd.go. */
export const RECONCILE_COOLDOWN_MS = 60_000;
/** freeENI's pause between detach and delete, pkg/awsutils/awsutils.go. */
export const DETACH_DELETE_PAUSE_MS = 2000;
/** maxRetryCheckENI, pkg/ipamd/ipamd.go. */
export const MAX_RETRY_CHECK_ENI = 5;
/** eniAttachTime, pkg/ipamd/ipamd.go. */
export const ENI_ATTACH_TIME_MS = 10_000;
/** minENILifeTime, pkg/ipamd/datastore/data_store.go. */
export const MIN_ENI_LIFETIME_MS = 60_000;
/** deallocateEmptyCIDR's delay, pkg/ipamd/datastore/data_store.go. */
export const EMPTY_CIDR_DELAY_MS = 5000;
/** GetPrefixDelegationDefaults, pkg/ipamd/datastore/data_store.go. */
export const IPS_PER_PREFIX = 16;
/** DefaultWarmIPTarget and DefaultMinimumIPTarget of network cards above 0, pkg/ipamd/ipamd.go. */
export const OTHER_CARD_TARGET = 1;
/** DefaultNetworkCardIndex, pkg/ipamd/ipamd.go. */
export const DEFAULT_NETWORK_CARD = 0;

/** INSUFFICIENT_CIDR_BLOCKS and INSUFFICIENT_FREE_IP_SUBNET, pkg/ipamd/ipamd.go. */
export const INSUFFICIENT_CODES: readonly string[] = ['InsufficientCidrBlocks', 'InsufficientFreeAddressesInSubnet'];
export const LIMIT_EXCEEDED_CODE = 'PrivateIpAddressLimitExceeded';
export const NOT_FOUND_CODE = 'InvalidNetworkInterfaceID.NotFound';
