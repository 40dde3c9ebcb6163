/**
 * What `saveStyleGan2` says about its files in their metadata, so that other models and later forms are told from them.
 */
export const ownFormat = { kind: 'stylegan2', version: '1' } as const;
