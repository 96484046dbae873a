package pinterestplatform.connect.landing;

/**
 * What is landed around an offset of a partition.
 *
 * <p>{@code end} is the offset after the last one of the object that begins at or before it (0 where there is none),
 * {@code following} the start offset of the next object ({@link Long#MAX_VALUE} where there is none).
 */
final class LandedRange {
    final long end;
    final long following;

    LandedRange(long end, long following) {
        this.end = end;
        this.following = following;
    }
}
