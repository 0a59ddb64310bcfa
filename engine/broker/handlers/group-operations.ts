/**
 * What everybody may do with a group where nobody is refused anything, as the bit field that describing answers:
 * READ (3), DELETE (6), DESCRIBE (8), DESCRIBE_CONFIGS (10), ALTER_CONFIGS (11).
 */
export const allGroupOperations = (1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11);
