// How Delta commits to a folder: with a hard link, which is there or is refused. Delta's own store looks and then renames;
// between the two, as short as that is, it can overwrite the commit of another program.
package pinterest.platform

import java.lang.{Boolean => JBoolean}
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Paths}
import java.util.{UUID, Iterator => JIterator}
import scala.jdk.CollectionConverters._
import io.delta.storage.LocalLogStore
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.Path

class FolderLogStore(conf: Configuration) extends LocalLogStore(conf) {

  override def write(path: Path, actions: JIterator[String], overwrite: JBoolean, conf: Configuration): Unit =
    if (overwrite) super.write(path, actions, overwrite, conf)
    else {
      val target = Paths.get(path.toUri.getPath)
      val draft = target.resolveSibling(s".${target.getFileName}.${UUID.randomUUID}.tmp")
      try {
        Files.write(draft, actions.asScala.map(_ + "\n").mkString.getBytes(UTF_8))
        Files.createLink(target, draft)
      } finally Files.deleteIfExists(draft)
    }
}
