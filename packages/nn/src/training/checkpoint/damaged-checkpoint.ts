/** What is wrong with the bytes of a checkpoint, in words that follow its name. Never leaves this folder. */
export class DamagedCheckpoint extends Error {}
