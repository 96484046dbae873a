package pinterestplatform.connect.landing;

/**
 * The landed objects around an offset of a partition.
 *
 * <p>{@code end} is the offset after the last one of the object that begins at or before it, or 0 if there is none.
 * {@code following} is the start offset of the next object, or {@link Long#MAX_VALUE} if there is none.
 */
final class LandedRange {
    final long end;
    final long following;

    LandedRange(long end, long following) {
        this.end = end;
        this.following = following;
    }
}
