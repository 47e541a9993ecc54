package dev.platter.server.policy;

/**
 * All that a deployer says about who may do what.
 *
 * @param policy actions
 * @param properties properties of images
 */
public record Rules(Policy policy, PropertyProtections properties) {}
