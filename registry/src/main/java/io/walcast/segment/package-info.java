/** Segment files: the format, the growing current segment, sealed segments, lists of them. */
package io.walcast.segment;
