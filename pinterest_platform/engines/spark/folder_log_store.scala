// Commits of Delta to a folder, through a hard link, which either succeeds or fails. Delta's own store checks and then
// renames. In the short time between the two, it can overwrite the commit of another program.
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
